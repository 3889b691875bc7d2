import type { Log } from "../../base/log.ts";
import { collecting, granted, streaming, unary } from "../call.ts";
import {
  applyConfigResponseOf,
  applyRequestOf,
  changeConditionsOf,
  controllerOf,
  getConfigResponseOf,
  planConfigResponseOf,
  revisionOf,
  settlementWishOf,
  validateConfigResponseOf,
} from "../convert/change.ts";
import { confirmationOf } from "../convert/confirmation.ts";
import { documentWishOf } from "../convert/document-wish.ts";
import { downloadOf } from "../convert/download.ts";
import { diffResponseOf, pageOf, preparationMs, prepareResponseOf, revisionsResponseOf } from "../convert/history.ts";
import type { Agent } from "../domain.ts";
import {
  ApplyConfigRequest,
  type ConfigServiceServer,
  type DownloadConfigRequest,
  type DownloadConfigResponse,
  type UploadConfigRequest,
  type UploadConfigResponse,
} from "../gen/vipward/v1/config_service.pb.ts";
import { type Uploads, uploadTooLarge } from "../uploads.ts";

/** The handlers of vipward.v1.ConfigService. */
export function configService(agent: Agent, log: Log): ConfigServiceServer {
  const { changes } = agent;
  return {
    getConfig: unary(log, async ({ revision }) =>
      getConfigResponseOf(granted(await agent.getConfig(optionalNumber(revision)))),
    ),
    downloadConfig: streaming<DownloadConfigRequest, DownloadConfigResponse>(log, ({ revision }) =>
      pieces(async () => downloadOf(granted(await agent.getConfig(optionalNumber(revision))))),
    ),
    validateConfig: unary(log, async (request) =>
      validateConfigResponseOf(granted(await agent.validate(granted(documentWishOf(request, changes.uploads))))),
    ),
    planConfig: unary(log, async (request) =>
      planConfigResponseOf(granted(await agent.plan(granted(documentWishOf(request, changes.uploads))))),
    ),
    confirmConfig: unary(log, async (request, admitted) => ({
      confirmation: confirmationOf(granted(await changes.confirm(settlementWishOf(request, admitted)))),
    })),
    cancelConfig: unary(log, async (request, admitted) => {
      const { revision } = granted(await changes.cancel(settlementWishOf(request, admitted)));
      return { revision: revision && revisionOf(revision) };
    }),
    rollbackConfig: unary(log, async (request, admitted) => {
      const conditions = granted(changeConditionsOf({ ...request, planHash: "" }, admitted));
      const { requestId } = request;
      const wish = { ...conditions, ...(requestId !== "" && { requestId }), source: { kind: "api" } as const };
      return { applied: applyConfigResponseOf(granted(await changes.rollBack(Number(request.revision), wish))) };
    }),
    listRevisions: unary(log, async (request) => {
      const { limit, before } = granted(pageOf(request));
      return revisionsResponseOf(granted(await changes.history(limit, before)), limit);
    }),
    diffRevisions: unary(log, async ({ from, to }) =>
      diffResponseOf(granted(await changes.diff(optionalNumber(from), optionalNumber(to)))),
    ),
    prepareConfig: unary(log, async ({ change, expiry }, admitted) => {
      const request = granted(applyRequestOf(ApplyConfigRequest.create(change), changes.uploads, admitted));
      return prepareResponseOf(granted(await changes.prepare(request, granted(preparationMs(expiry)))));
    }),
    abortConfig: unary(log, async ({ token, controller }) => {
      granted(await changes.abort(token, controller && controllerOf(controller)));
      return {};
    }),
    uploadConfig: collecting<UploadConfigRequest, UploadConfigResponse>(log, (parts) =>
      receive(parts, changes.uploads),
    ),
    applyConfig: unary(log, async (request, admitted) =>
      applyConfigResponseOf(granted(await agent.apply(granted(applyRequestOf(request, changes.uploads, admitted))))),
    ),
  };
}

/** Pieces that are made one after the other, as the client reads them. */
function pieces(open: () => Promise<Iterable<DownloadConfigResponse>>) {
  let isClosed = false;
  async function* messages() {
    for (const piece of await open()) {
      if (isClosed) return;
      yield piece;
    }
  }
  return {
    [Symbol.asyncIterator]: messages,
    close: () => {
      isClosed = true;
    },
  };
}

/** Takes an upload to its end, which is the hash of the whole. */
async function receive(parts: AsyncIterable<UploadConfigRequest>, uploads: Uploads): Promise<UploadConfigResponse> {
  using upload = uploads.begin();
  let sha256 = "";
  for await (const { part } of parts) {
    if (part?.$case === "chunk" && !upload.add(part.value)) granted(uploadTooLarge());
    if (part?.$case === "sha256") sha256 = part.value;
  }
  const bytes = granted(upload.finish(sha256));
  return { uploadId: uploads.put(bytes, sha256), size: BigInt(bytes.length) };
}

function optionalNumber(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
