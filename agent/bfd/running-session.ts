// A session as its driver keeps it: what it is, what it counted, and what those who follow it are told.

import { familyOf, type IpAddress } from "../base/address.ts";
import { formatDuration, type Instant, milliseconds } from "../base/duration.ts";
import type { BfdSessionModel } from "../config/model.ts";
import { type BfdSender, bfdPorts } from "../kernel/bfd-socket.ts";
import { detectionTimeOf, type Remote, type Session, transmitIntervalOf } from "./core/session.ts";
import type { BfdSessionView, SessionReading } from "./view.ts";

/** A session that runs. */
export interface RunningSession {
  config: BfdSessionModel;
  session: Session;
  sender: BfdSender | undefined;
  since: number;
  reading: SessionReading;
  /** Until when a session that does not come up is given time; undefined when it has come up or had its time. */
  settlesAt: Instant | undefined;
  /** After how long the neighbour counted as silent, when it last was heard. */
  detection: number;
  sent: number;
  received: number;
  timesUp: number;
  readonly refused: Record<string, number>;
  /** Why the last packet did not leave. */
  trouble: string | undefined;
}

/** A session that begins to run. */
export function runningSession(
  config: BfdSessionModel,
  session: Session,
  reading: SessionReading,
  settlesAt: Instant,
  since: number,
): RunningSession {
  const counters = { sent: 0, received: 0, timesUp: 0, refused: {} };
  return {
    config,
    session,
    sender: undefined,
    since,
    reading,
    settlesAt,
    detection: 0,
    ...counters,
    trouble: undefined,
  };
}

/** What is told of a session that has just begun: one that was up before this process stays up for a while, and one that a running director is
 * given is nothing yet; where a director starts, it is down. */
export function firstReading(wasUp: boolean, isFirst: boolean): SessionReading {
  if (wasUp) return { up: true, settled: false, reason: "was up" };
  const reading = { up: false, settled: false, reason: "has not come up yet" };
  return isFirst ? reading : { ...reading, undecided: true };
}

/** What a session is known by across configurations: its name may change. */
export function keyOfSession({ neighbour, sourceAddress, multihop }: BfdSessionModel): string {
  return `${neighbour} ${sourceAddress ?? "any"} ${portOf(multihop)}`;
}

/** Where packets of such a session go. */
export function portOf(multihop: boolean): number {
  return multihop ? bfdPorts.multihop : bfdPorts.singleHop;
}

/** Whether a packet between these two addresses is one of the session, when it does not say so itself. */
export function isBetween({ config }: RunningSession, source: IpAddress, destination: IpAddress): boolean {
  const { neighbour, sourceAddress = destination } = config;
  return neighbour === source && sourceAddress === destination;
}

/** The packets that it receives come by this socket. */
export function listenerKeyOf({ neighbour, multihop }: BfdSessionModel): string {
  return `${familyOf(neighbour)} ${portOf(multihop)}`;
}

/** Why the session is as it is: a clause that continues its name. */
export function reasonOf({ session, detection, trouble }: RunningSession): string {
  const { kind, diagnostic, remote } = session;
  if (kind === "up") return "is up";
  if (trouble !== undefined) return `cannot send: ${trouble}`;
  switch (diagnostic) {
    case "control detection time expired":
      return `was not heard for ${formatDuration(milliseconds(detection))}`;
    case "neighbor signaled session down":
      return `was ended by its neighbour (${remote.diagnostic})`;
    default:
      return "has not come up yet";
  }
}

/** What is shown of it. */
export function viewOfSession(running: RunningSession): BfdSessionView {
  const { config, session, since, sent, received, timesUp, refused } = running;
  const { kind: state, discriminator, remote } = session;
  return {
    ...{ name: config.name, neighbour: config.neighbour, state, since, reason: reasonOf(running), discriminator },
    ...{ remoteDiscriminator: remote.discriminator, remoteState: remote.state },
    ...{ transmitIntervalMs: transmitIntervalOf(session), detectionTimeMs: detectionTimeOf(session) },
    ...{ sent, received, timesUp, refused },
  };
}

/** What the next process is told of a session that is up. */
export function sessionNote({ session }: RunningSession): string {
  return JSON.stringify([session.discriminator, session.remote]);
}

/** Reads that; undefined when it says nothing. */
export function readSessionNote(text: string | undefined): readonly [number, Remote] | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as [number, Remote]);
  } catch {
    return undefined;
  }
}
