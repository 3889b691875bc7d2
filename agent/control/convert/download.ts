// A configuration in pieces, for those that are larger than one message: its revision, the encoded vipward.v1.Config in chunks, the hash of the whole.

import { CryptoHasher } from "bun";
import { Config } from "../gen/vipward/v1/config.pb.ts";
import type { DownloadConfigResponse } from "../gen/vipward/v1/config_service.pb.ts";
import type { StoredConfiguration } from "../words/revision.ts";
import { revisionOf } from "./change.ts";
import { publicConfigOf } from "./config.ts";

/** Bytes of one chunk. */
const chunkBytes = 1024 * 1024;

/** The pieces of a configuration, without its secrets. */
export function* downloadOf({ revision, settings }: StoredConfiguration): Generator<DownloadConfigResponse, undefined> {
  yield { part: { $case: "revision", value: revisionOf(revision) } };
  const bytes = Buffer.from(Config.encode(publicConfigOf(settings)).finish());
  for (let start = 0; start < bytes.length; start += chunkBytes)
    yield { part: { $case: "chunk", value: bytes.subarray(start, start + chunkBytes) } };
  yield { part: { $case: "sha256", value: new CryptoHasher("sha256").update(bytes).digest("hex") } };
  return undefined;
}
