import type { BalancerModel, VirtualServerModel } from "../config/model.ts";
import { type PackedList, packList, unpackList } from "./packed-list.ts";

/** What the checkers process needs, as it is sent to it: whole, or what is other than in a configuration that it has. */
export interface PackedBalancer extends Omit<BalancerModel, "virtualServers"> {
  /** The number that it is known by between the two. */
  readonly number: number;
  readonly virtualServers: PackedList<VirtualServerModel>;
  /** Where `virtualServers` are only those that the configuration with this number does not have. */
  readonly since?: { readonly number: number; readonly runs: readonly Run[] };
}

/** So many virtual servers of the former configuration from this place on, and behind them so many of those that are sent. */
type Run = readonly [place: number, kept: number, sent: number];

/** A configuration that both sides have. */
export interface NumberedBalancer {
  readonly number: number;
  readonly model: BalancerModel;
}

/** Packs a configuration for its way to the checkers. `former`: what they run, when that is known; virtual servers that are the same objects are not sent. */
export function packBalancer({ number, model }: NumberedBalancer, former?: NumberedBalancer): PackedBalancer {
  if (former === undefined) return { ...model, number, virtualServers: packList(model.virtualServers) };
  const places = new Map(former.model.virtualServers.map((server, place) => [server, place]));
  const fresh = model.virtualServers.filter((server) => !places.has(server));
  const since = { number: former.number, runs: runsOf(model.virtualServers, places) };
  return { ...model, number, virtualServers: packList(fresh), since };
}

/** The configuration that was packed. Virtual servers that the former one has too are the same objects. */
export function unpackBalancer(packed: PackedBalancer, former?: NumberedBalancer): NumberedBalancer {
  const { number, since, ...rest } = packed;
  const sent = unpackList(packed.virtualServers);
  if (since === undefined) return { number, model: { ...rest, virtualServers: sent } };
  if (since.number !== former?.number)
    throw new Error(`configuration ${number} is told by ${since.number}, which is not known here`);
  return { number, model: { ...rest, virtualServers: joined(since.runs, former.model.virtualServers, sent) } };
}

function runsOf(servers: readonly VirtualServerModel[], places: ReadonlyMap<VirtualServerModel, number>): Run[] {
  const runs: Run[] = [];
  let run: [number, number, number] = [0, 0, 0];
  for (const server of servers) {
    const place = places.get(server);
    if (place === undefined) run[2]++;
    else if (run[2] === 0 && run[0] + run[1] === place) run[1]++;
    else {
      runs.push(run);
      run = [place, 1, 0];
    }
  }
  return [...runs, run];
}

function joined(
  runs: readonly Run[],
  former: readonly VirtualServerModel[],
  sent: readonly VirtualServerModel[],
): VirtualServerModel[] {
  const servers: VirtualServerModel[] = [];
  let next = 0;
  for (const [place, kept, fresh] of runs) {
    for (let index = place; index < place + kept; index++) servers.push(former[index] as VirtualServerModel);
    for (const end = next + fresh; next < end; next++) servers.push(sent[next] as VirtualServerModel);
  }
  return servers;
}
