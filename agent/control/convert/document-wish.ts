// What a request says of a configuration: the whole or what changes in it, in the message itself or uploaded before.

import { messageOf } from "../../base/errors.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { Config } from "../gen/vipward/v1/config.pb.ts";
import { ApplyMode, type Removals } from "../gen/vipward/v1/config_service.pb.ts";
import type { Uploads } from "../uploads.ts";
import type { Refusal } from "../words/refusal.ts";
import type { DocumentWish } from "../words/request.ts";
import { requestedDocument } from "./document.ts";

/** The fields of requests that carry a configuration. */
export interface ConfigurationFields {
  readonly config?: Config | undefined;
  readonly uploadId: string;
  readonly mode: ApplyMode;
  readonly removals?: Removals | undefined;
}

/** The document of a request, and whether it is merged. */
export function documentWishOf(request: ConfigurationFields, uploads: Uploads): Result<DocumentWish, Refusal> {
  const config = request.uploadId === "" ? ok(request.config) : uploadedConfig(request, uploads);
  if (!config.ok) return config;
  const { removals } = request;
  const merge = request.mode === ApplyMode.APPLY_MODE_MERGE;
  if (!merge && removals !== undefined) return onlyForMerge();
  const document = requestedDocument(config.value ?? (removals === undefined ? undefined : Config.create()));
  if (!document.ok) return document;
  const { vrrpInstances = [], vrrpSyncGroups = [], virtualServers = [] } = removals ?? {};
  return ok({
    document: document.value,
    ...(merge && { merge: { vrrpInstances, vrrpSyncGroups, virtualServers } }),
  });
}

function uploadedConfig({ config, uploadId }: ConfigurationFields, uploads: Uploads): Result<Config, Refusal> {
  if (config !== undefined) return invalid("upload_id", "is set together with config, expected one of them");
  const bytes = uploads.get(uploadId);
  if (!bytes.ok) return bytes;
  try {
    return ok(Config.decode(bytes.value));
  } catch (thrown) {
    return invalid("upload_id", `what was uploaded is not an encoded vipward.v1.Config: ${messageOf(thrown)}`);
  }
}

function onlyForMerge(): Result<never, Refusal> {
  return invalid(
    "removals",
    "are set, expected mode APPLY_MODE_MERGE: without it, what is not in the configuration goes",
  );
}

function invalid(field: string, message: string): Result<never, Refusal> {
  return fail({ kind: "invalid-argument", field, message });
}
