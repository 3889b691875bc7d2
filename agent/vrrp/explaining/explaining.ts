// What an instance has lived through and heard, kept to explain it: by which row it came into its state, for which packet, and what each other
// router last said. Nothing is decided by it.

import type { Clock } from "../../base/clock.ts";
import { elapsed, type Instant } from "../../base/duration.ts";
import { forecast, namedDeadlines } from "../core/forecast.ts";
import type { AdvertisementHeard, InstanceEvent } from "../core/instance-event.ts";
import type { InstanceState } from "../core/instance-state.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ExplanationView, PeerView } from "../view.ts";
import type { HeardPeer } from "./story.ts";

/** Notes what was heard. */
export function noteHeard(instance: RunningInstance, heard: AdvertisementHeard, now: Instant): void {
  const { peers } = instance.story;
  peers.delete(heard.source);
  peers.set(heard.source, heardPeer(heard, now));
  const oldest = peers.keys().next().value;
  if (peers.size > mostPeers && oldest !== undefined) peers.delete(oldest);
}

/** Strangers choose their addresses: so many are remembered. */
const mostPeers = 16;

/** Notes by which of the rows taken the instance came from one state to another. */
export function noteTransition(
  instance: RunningInstance,
  from: InstanceState,
  rows: readonly string[],
  event: InstanceEvent,
  now: Instant,
): void {
  const row = rows.findLast((name) => name.startsWith(`${from.kind}: `)) ?? "";
  const packet = event.kind === "advertisement" ? heardPeer(event, now) : undefined;
  instance.story = { ...instance.story, row, packet };
}

/** What is shown of it. */
export function explanationOf(
  { config, state, story }: RunningInstance,
  clock: Clock,
  groupWaits: boolean,
): ExplanationView {
  const now = clock.now();
  const wallOf = (at: Instant) => Math.round(clock.wall() + elapsed(now, at));
  const shown = ({ interval, heardAt, address, priority }: HeardPeer): PeerView => ({
    ...{ address, priority, intervalMs: interval, at: wallOf(heardAt) },
  });
  const peers = [...story.peers.values()];
  const { text, masterAt } = forecast(config, state, peers, now, groupWaits);
  return {
    row: story.row,
    ...(story.packet !== undefined && { packet: shown(story.packet) }),
    deadlines: namedDeadlines(state).map(({ name, at }) => ({ name, at: wallOf(at) })),
    peers: peers.map(shown),
    forecast: text,
    ...(masterAt !== undefined && { masterAt: wallOf(masterAt) }),
  };
}

function heardPeer({ source, priority, interval, heardAt }: AdvertisementHeard, now: Instant): HeardPeer {
  return { address: source, priority, interval, heardAt: heardAt ?? now };
}
