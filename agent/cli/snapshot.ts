// One snapshot of the agent, whole, for the commands that need more than one page has.

import type { State } from "../control/gen/vipward/v1/state.pb.ts";
import { GetStateRequest, type GetStateResponse } from "../control/gen/vipward/v1/state_service.pb.ts";
import { type AgentClients, answerOf } from "./client.ts";
import { CliError } from "./io.ts";

/** The whole snapshot, however many pages it has. */
export async function readState(clients: AgentClients): Promise<State> {
  let whole: State | undefined;
  let pageToken = "";
  do {
    const { state, nextPageToken } = await answerOf<GetStateResponse>(clients, (callback) =>
      clients.state.getState(GetStateRequest.create({ pageToken }), callback),
    );
    if (state === undefined) throw new CliError(1, "the agent answered without a state");
    whole = whole === undefined ? state : joined(whole, state);
    pageToken = nextPageToken;
  } while (pageToken !== "");
  return whole;
}

/** A snapshot with its next page: lists go on, everything else is that of the first. */
function joined(first: State, next: State): State {
  const lists = Object.entries(first).filter(([, value]) => Array.isArray(value));
  const longer = lists.map(([name, value]) => [name, [...value, ...(next[name as keyof State] as unknown[])]]);
  return { ...first, ...Object.fromEntries(longer) };
}
