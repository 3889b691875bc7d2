import type { Log } from "../../base/log.ts";
import { ok, type Result } from "../../base/result.ts";
import { CallError, granted, streaming, unary } from "../call.ts";
import { connectionsOf, connectionsWishOf } from "../convert/connections.ts";
import { stateOf } from "../convert/state.ts";
import {
  eventsPageOf,
  listEventsResponseOf,
  resourceSize,
  wantedRequestOf,
  watchRequestOf,
  watchResponsesOf,
} from "../convert/watch.ts";
import type { Agent } from "../domain.ts";
import { overflowError, refusalError } from "../errors.ts";
import type {
  GetStateRequest,
  StateServiceServer,
  WatchStateRequest,
  WatchStateResponse,
} from "../gen/vipward/v1/state_service.pb.ts";
import { type StatePage, StatePages } from "../state-pages.ts";
import { wantedOf } from "../wanted.ts";
import type { Refusal } from "../words/refusal.ts";
import type { Watch } from "../words/watching.ts";

/** The handlers of vipward.v1.StateService. */
export function stateService(agent: Agent, log: Log): StateServiceServer {
  const pages = new StatePages(() => performance.now(), resourceSize);
  return {
    listConnections: unary(log, async (request) => {
      const { filter, limit } = granted(connectionsWishOf(request));
      return connectionsOf(await agent.connections(filter, limit));
    }),
    listEvents: unary(log, async (request) =>
      listEventsResponseOf(agent.events(Number(request.after), eventsPageOf(request))),
    ),
    getState: unary(log, async (request) => {
      const { snapshot, nextToken } = granted(await pageOf(agent, pages, request));
      return { state: stateOf(snapshot), nextPageToken: nextToken };
    }),
    watchState: streaming<WatchStateRequest, WatchStateResponse>(
      log,
      // Each message that is written is several, framed already (framed-messages.ts): the library's types do not know that.
      (request) => responses(agent.watch(granted(watchRequestOf(request)))) as unknown as Responses<WatchStateResponse>,
    ),
  };
}

/** The first page of what is wanted now, or the one that a token asks for. */
async function pageOf(agent: Agent, pages: StatePages, request: GetStateRequest): Promise<Result<StatePage, Refusal>> {
  if (request.pageToken !== "") return pages.next(request.pageToken);
  const wish = wantedRequestOf(request);
  if (!wish.ok) return wish;
  return ok(pages.first(wantedOf(await agent.state(), wish.value), request.pageSize));
}

type Responses<T> = AsyncIterable<T> & { close(): void };

/** A watch on the wire. It ends with an error that says how to go on; a client that went away no longer hears it. */
function responses(watch: Watch): Responses<readonly WatchStateResponse[]> {
  async function* messages() {
    for await (const group of watch.groups()) {
      yield group.flatMap(watchResponsesOf);
      const message = group.at(-1);
      const last = message?.kind === "batch" ? message.messages.at(-1) : message;
      if (last?.kind === "overflow") throw new CallError(overflowError(last.sequence));
    }
    throw new CallError(refusalError({ kind: "stopping" }));
  }
  return { [Symbol.asyncIterator]: messages, close: () => watch.close() };
}
