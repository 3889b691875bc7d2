// What would happen if the master went silent now: told from what an instance knows, as its rows would have it. A backup can say when it takes
// over; a master knows only those backups that it has heard as masters.

import { elapsed, type Instant } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { listeningTime, readable } from "./entering.ts";
import { ownerPriority } from "./initialize-rows.ts";
import type { Backup, InstanceState, Peer } from "./instance-state.ts";
import { masterDownInterval } from "./timers.ts";

/** What would happen, as a sentence; and when this instance would become master, if it would. */
export interface Forecast {
  readonly text: string;
  readonly masterAt?: Instant;
}

/** The forecast of an instance. `peers`: whatever others have advertised lately. `groupWaits`: others of its sync group are not ready to become master. */
export function forecast(
  config: VrrpInstanceModel,
  state: InstanceState,
  peers: readonly Peer[],
  now: Instant,
  groupWaits = false,
): Forecast {
  switch (state.kind) {
    case "initialize":
      return { text: beginning(config, state.delayed?.until, now) };
    case "fault":
      return { text: `takes no part; when nothing is missing any more ${listening(config, "backup")}` };
    case "backup":
      return backupForecast(config, state, now, groupWaits);
    case "master":
      return { text: succession(config, peers) };
  }
}

function backupForecast(config: VrrpInstanceModel, state: Backup, now: Instant, groupWaits: boolean): Forecast {
  const text = `${condition(config, state)} in ${until(state.masterDownAt, now)}`;
  return groupWaits
    ? { text: `${text}, and not before the others of its sync group are ready, too` }
    : { text, masterAt: state.masterDownAt };
}

function beginning(config: VrrpInstanceModel, begins: Instant | undefined, now: Instant): string {
  return begins === undefined
    ? "takes no part"
    : `begins in ${until(begins, now)}: ${listening(config, config.initialState)}`;
}

function listening(config: VrrpInstanceModel, wish: "master" | "backup"): string {
  if (config.priority === ownerPriority) return "becomes master at once, as the address owner";
  return `listens for ${readable(listeningTime(config, wish))} and becomes master if it hears none`;
}

/** Under what condition a backup becomes master when its timer ends. Advertisements of a lesser master that it preempts do not start that anew. */
function condition({ priority, preempt }: VrrpInstanceModel, { master, preemptAt }: Backup): string {
  if (master === undefined) return "no master was heard: becomes master";
  if (master.priority === 0) return `${master.address} has resigned: becomes master`;
  const preempts = priority === ownerPriority || (preempt && preemptAt === undefined);
  if (master.priority < priority && preempts)
    return `takes over from ${master.address}, whose priority ${master.priority} is lower,`;
  return `if ${master.address} (priority ${master.priority}) went silent now, would become master`;
}

/** Who follows a master that falls silent. */
function succession(config: VrrpInstanceModel, peers: readonly Peer[]): string {
  const best = bestOf(peers);
  if (best !== undefined) {
    const wait = readable(masterDownOf(config, best.priority));
    return `if this director went silent now, ${best.address} (priority ${best.priority} when it was last heard) would take over after ${wait}`;
  }
  const [soonest, latest] = [254, 1].map((priority) => readable(masterDownOf(config, priority)));
  return `if this director went silent now, a backup would take over after ${soonest} (priority 254) to ${latest} (priority 1); no other has been heard yet`;
}

function masterDownOf(config: VrrpInstanceModel, priority: number) {
  return masterDownInterval({ ...config, priority, masterInterval: config.advertisementInterval });
}

function bestOf(peers: readonly Peer[]): Peer | undefined {
  return peers
    .filter(({ priority }) => priority > 0)
    .reduce<Peer | undefined>(
      (best, peer) => (best === undefined || peer.priority > best.priority ? peer : best),
      undefined,
    );
}

function until(at: Instant, now: Instant): string {
  return readable(elapsed(now, at > now ? at : now));
}

/** The deadlines of an instance by the names that people know them by. */
export function namedDeadlines(state: InstanceState): readonly { readonly name: string; readonly at: Instant }[] {
  return Object.entries(deadlinesOf(state)).flatMap(([name, at]) => (at === undefined ? [] : [{ name, at }]));
}

function deadlinesOf(state: InstanceState): Readonly<Record<string, Instant | undefined>> {
  switch (state.kind) {
    case "initialize":
      return { begin: state.delayed?.until };
    case "fault":
      return {};
    case "backup":
      return { "master down": state.masterDownAt, "preempt delay": state.preemptAt };
    case "master":
      return {
        advertisement: state.advertiseAt,
        "second announcement": state.announceAt?.at,
        refresh: state.refreshAt,
        "extra announcement": state.extraAt,
        probe: state.probeAt,
      };
  }
}
