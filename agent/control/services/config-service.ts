import type { Log } from "../../base/log.ts";
import { granted, unary } from "../call.ts";
import {
  applyConfigResponseOf,
  applyRequestOf,
  authorOf,
  getConfigResponseOf,
  planConfigResponseOf,
  revisionOf,
  validateConfigResponseOf,
} from "../convert/change.ts";
import { confirmationOf } from "../convert/confirmation.ts";
import { requestedDocument } from "../convert/document.ts";
import type { Agent } from "../domain.ts";
import type { ConfigServiceServer } from "../gen/vipward/v1/config_service.pb.ts";

/** The handlers of vipward.v1.ConfigService. */
export function configService(agent: Agent, log: Log): ConfigServiceServer {
  return {
    getConfig: unary(log, async ({ revision }) => {
      const number = revision === undefined ? undefined : Number(revision);
      return getConfigResponseOf(granted(await agent.getConfig(number)));
    }),
    validateConfig: unary(log, async ({ config }) =>
      validateConfigResponseOf(await agent.validate(granted(requestedDocument(config)))),
    ),
    planConfig: unary(log, async ({ config }) =>
      planConfigResponseOf(granted(await agent.plan(granted(requestedDocument(config))))),
    ),
    confirmConfig: unary(log, async ({ id, author }) => ({
      confirmation: confirmationOf(granted(await agent.confirm(id, authorOf(author)))),
    })),
    cancelConfig: unary(log, async ({ id, author, reason }) => {
      const { revision } = granted(await agent.cancel(id, authorOf(author), reason));
      return { revision: revision && revisionOf(revision) };
    }),
    applyConfig: unary(log, async (request) =>
      applyConfigResponseOf(granted(await agent.apply(granted(applyRequestOf(request))))),
    ),
  };
}
