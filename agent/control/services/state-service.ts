import type { Log } from "../../base/log.ts";
import { CallError, granted, streaming, unary } from "../call.ts";
import { connectionsOf, connectionsWishOf } from "../convert/connections.ts";
import { stateOf } from "../convert/state.ts";
import { listEventsResponseOf, pageOf, wantedRequestOf, watchRequestOf, watchResponseOf } from "../convert/watch.ts";
import type { Agent, Watch } from "../domain.ts";
import { overflowError, refusalError } from "../errors.ts";
import type { StateServiceServer, WatchStateRequest, WatchStateResponse } from "../gen/vipward/v1/state_service.pb.ts";
import { wantedOf } from "../wanted.ts";

/** The handlers of vipward.v1.StateService. */
export function stateService(agent: Agent, log: Log): StateServiceServer {
  return {
    listConnections: unary(log, async (request) => {
      const { filter, limit } = granted(connectionsWishOf(request));
      return connectionsOf(await agent.connections(filter, limit));
    }),
    listEvents: unary(log, async (request) =>
      listEventsResponseOf(agent.events(Number(request.after), pageOf(request))),
    ),
    getState: unary(log, async (request) => ({
      state: stateOf(wantedOf(await agent.state(), granted(wantedRequestOf(request)))),
    })),
    watchState: streaming<WatchStateRequest, WatchStateResponse>(log, (request) =>
      responses(agent.watch(granted(watchRequestOf(request)))),
    ),
  };
}

/** A watch on the wire. It ends with an error that says how to go on; a client that went away no longer hears it. */
function responses(watch: Watch): AsyncIterable<WatchStateResponse> & { close(): void } {
  async function* messages() {
    for await (const message of watch) {
      yield watchResponseOf(message);
      const last = message.kind === "batch" ? message.messages.at(-1) : message;
      if (last?.kind === "overflow") throw new CallError(overflowError(last.sequence));
    }
    throw new CallError(refusalError({ kind: "stopping" }));
  }
  return { [Symbol.asyncIterator]: messages, close: () => watch.close() };
}
