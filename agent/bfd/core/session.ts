// One BFD session in asynchronous mode (RFC 5880): a state and its step. Deadlines are data: `nextDeadline` says when to call again, and a
// late or spurious call is harmless. Chance comes with each call: a number in [0, 1).

import { after, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import { unreachable } from "../../base/errors.ts";
import type { BfdSessionModel } from "../../config/model.ts";
import type { ControlPacket, Diagnostic, SessionKind } from "./control-packet.ts";
import { nextState } from "./state-machine.ts";
import { desiredMinTx, detectionTime, transmitInterval, withJitter } from "./timers.ts";

/** What the neighbour said last (section 6.8.1: bfd.RemoteDiscr, RemoteSessionState, RemoteMinRxInterval, RemoteDemandMode). */
export interface Remote {
  readonly discriminator: number;
  readonly state: SessionKind;
  readonly diagnostic: Diagnostic;
  readonly demand: boolean;
  readonly multiplier: number;
  readonly desiredMinTx: Milliseconds;
  readonly requiredMinRx: Milliseconds;
}

/** A session as it is. */
export interface Session {
  readonly kind: SessionKind;
  readonly diagnostic: Diagnostic;
  /** Ours (bfd.LocalDiscr): never 0, and of no other session. */
  readonly discriminator: number;
  readonly remote: Remote;
  /** A poll sequence is under way (section 6.5): packets ask for an answer until one comes. */
  readonly polls: boolean;
  /** The intervals that count. They follow what is wished, but not to the worse before the neighbour knows (section 6.8.3). */
  readonly minTx: Milliseconds;
  readonly minRx: Milliseconds;
  /** When the next packet leaves at the latest; undefined while none may (section 6.8.7). */
  readonly sendAt: Instant | undefined;
  /** From when it may leave, together with those of other sessions. */
  readonly sendFrom: Instant | undefined;
  /** When the neighbour counts as silent; undefined when nothing was heard. */
  readonly silentAt: Instant | undefined;
}

/** What happens to a session. */
export type SessionEvent =
  /** `isUnread`: packets may have come that nobody has read yet, so that nobody counts as silent. */
  | { readonly kind: "deadline"; readonly isUnread: boolean }
  /** A packet that broke no rule. */
  | { readonly kind: "packet"; readonly packet: ControlPacket; readonly heardAt: Instant }
  | { readonly kind: "configuration-changed" }
  /** It ends because somebody wants that (section 6.8.16). */
  | { readonly kind: "stop" };

/** What a step came to: the packets leave in their order. */
export interface SessionStep {
  readonly session: Session;
  readonly packets: readonly ControlPacket[];
}

/** What is known of a neighbour that was never heard (section 6.8.1). */
const unheard: Remote = {
  discriminator: 0,
  state: "down",
  diagnostic: "no diagnostic",
  demand: false,
  multiplier: 0,
  desiredMinTx: milliseconds(0),
  requiredMinRx: milliseconds(0.001),
};

/** A session that begins. It sends soon, unless it is passive. */
export function beginSession(config: BfdSessionModel, discriminator: number, now: Instant, chance: number): Session {
  const session: Session = {
    ...{ kind: "down", diagnostic: "no diagnostic", discriminator, remote: unheard, polls: false },
    ...{
      minTx: desiredMinTx(config, "down"),
      minRx: config.minRx,
      sendAt: undefined,
      sendFrom: undefined,
      silentAt: undefined,
    },
  };
  return { ...session, sendAt: maySend(config, session) ? after(now, milliseconds(chance * firstWithin)) : undefined };
}

/** Sessions that begin together do not all send at once. */
const firstWithin = 100;

/** A session that another process of ours had up: the neighbour may not have noticed that it is gone. */
export function resumeSession(
  config: BfdSessionModel,
  discriminator: number,
  remote: Remote,
  now: Instant,
  chance: number,
): Session {
  const session: Session = {
    ...beginSession(config, discriminator, now, chance),
    ...{ kind: "up", remote, polls: true, minTx: desiredMinTx(config, "up"), sendAt: now },
  };
  return { ...session, silentAt: after(now, detectionTime(session.minRx, remote)) };
}

/** Takes one step. */
export function step(
  config: BfdSessionModel,
  session: Session,
  event: SessionEvent,
  now: Instant,
  chance: number,
): SessionStep {
  switch (event.kind) {
    case "packet":
      return hear(config, session, event.packet, event.heardAt, now, chance);
    case "deadline":
      return expire(config, session, event.isUnread, now, chance);
    case "configuration-changed":
      return { session: adapt(config, session, { ...session, polls: true }, now, chance), packets: [] };
    case "stop": {
      const ended: Session = {
        ...session,
        ...{ kind: "admin-down", diagnostic: "administratively down", sendAt: undefined, sendFrom: undefined },
        silentAt: undefined,
      };
      return { session: ended, packets: maySend(config, session) ? [packetOf(config, ended, false)] : [] };
    }
    default:
      return unreachable(event);
  }
}

/** When the session wants to be called next. */
export function nextDeadline({ sendAt, silentAt }: Session): Instant | undefined {
  return sendAt === undefined || (silentAt !== undefined && silentAt < sendAt) ? silentAt : sendAt;
}

/** Whether a packet may leave already: who is called now for another session need not be called once more for this one. */
export function isReady({ sendAt, sendFrom = sendAt }: Session, now: Instant): boolean {
  return sendFrom !== undefined && sendFrom <= now;
}

/** After how long without a packet the neighbour counts as silent (section 6.8.4). */
export function detectionTimeOf({ minRx, remote }: Session): Milliseconds {
  return detectionTime(minRx, remote);
}

/** From one packet to the next, before it is shortened by chance. */
export function transmitIntervalOf({ minTx, remote }: Session): Milliseconds {
  return transmitInterval(minTx, remote);
}

/** A packet was received (section 6.8.6, from where the session is known). */
function hear(
  config: BfdSessionModel,
  before: Session,
  packet: ControlPacket,
  heardAt: Instant,
  now: Instant,
  chance: number,
): SessionStep {
  if (before.kind === "admin-down") return { session: before, packets: [] };
  const { myDiscriminator: discriminator, yourDiscriminator: _, poll, final, ...said } = packet;
  const heard: Session = { ...before, remote: { discriminator, ...said }, polls: before.polls && !final };
  const adapted = adapt(config, before, moved(heard, nextState(before.kind, packet.state)), now, chance);
  const session = { ...adapted, silentAt: after(heardAt, detectionTimeOf(adapted)) };
  if (poll) return { session, packets: [packetOf(config, session, true)] };
  return { session, packets: session.kind !== before.kind ? sayNow(config, session) : [] };
}

function moved(session: Session, kind: SessionKind): Session {
  if (kind === session.kind) return session;
  return { ...session, kind, diagnostic: kind === "down" ? "neighbor signaled session down" : "no diagnostic" };
}

/** The intervals that count follow from what is wished, the state, and whether the neighbour has answered a poll (section 6.8.3). */
function adapt(config: BfdSessionModel, before: Session, session: Session, now: Instant, chance: number): Session {
  const wished = { minTx: desiredMinTx(config, session.kind), minRx: config.minRx };
  const isAnswered = before.polls && !session.polls;
  const adapted: Session =
    session.kind !== "up" || isAnswered
      ? { ...session, ...wished, polls: false }
      : {
          ...session,
          minTx: shorter(wished.minTx, session.minTx),
          minRx: longer(wished.minRx, session.minRx),
          polls: session.polls || before.kind !== "up",
        };
  return { ...adapted, ...nextSending(config, before, adapted, now, chance) };
}

/** The next packet, which a shorter interval brings nearer. */
function nextSending(
  config: BfdSessionModel,
  before: Session,
  session: Session,
  now: Instant,
  chance: number,
): Sending {
  if (!maySend(config, session)) return noSending;
  const { sendAt, sendFrom } = before;
  if (sendAt !== undefined && transmitIntervalOf(session) >= transmitIntervalOf(before)) return { sendAt, sendFrom };
  const next = sendingAfter(config, session, now, chance);
  return sendAt !== undefined && next.sendAt !== undefined && sendAt < next.sendAt ? { sendAt, sendFrom } : next;
}

type Sending = Pick<Session, "sendAt" | "sendFrom">;

const noSending: Sending = { sendAt: undefined, sendFrom: undefined };

/** The packet after one that leaves now. */
function sendingAfter(config: BfdSessionModel, session: Session, now: Instant, chance: number): Sending {
  const interval = transmitIntervalOf(session);
  const { multiplier } = config;
  return {
    sendAt: after(now, withJitter(interval, multiplier, chance)),
    sendFrom: after(now, withJitter(interval, multiplier, 0)),
  };
}

/** Whether packets leave periodically (section 6.8.7). */
function maySend({ passive }: BfdSessionModel, { kind, remote, polls }: Session): boolean {
  if (kind === "admin-down" || remote.requiredMinRx === 0) return false;
  if (passive && remote.discriminator === 0) return false;
  return polls || !(remote.demand && kind === "up" && remote.state === "up");
}

/** A neighbour that is silent for the detection time (sections 6.8.1 and 6.8.4), a packet that is due. */
function expire(
  config: BfdSessionModel,
  before: Session,
  isUnread: boolean,
  now: Instant,
  chance: number,
): SessionStep {
  const isSilent = !isUnread && before.silentAt !== undefined && before.silentAt <= now;
  const session = isSilent ? silenced(config, before, now, chance) : before;
  const isDue = isReady(session, now);
  if (!isDue) return { session, packets: session.kind !== before.kind ? sayNow(config, session) : [] };
  const sent = { ...session, ...sendingAfter(config, session, now, chance) };
  return { session: sent, packets: [packetOf(config, session, false)] };
}

function silenced(config: BfdSessionModel, before: Session, now: Instant, chance: number): Session {
  const session: Session = {
    ...before,
    silentAt: undefined,
    remote: { ...before.remote, discriminator: 0, state: "down" },
  };
  const isLost = before.kind === "up" || before.kind === "init";
  const down: Session = isLost ? { ...session, kind: "down", diagnostic: "control detection time expired" } : session;
  return adapt(config, before, down, now, chance);
}

function sayNow(config: BfdSessionModel, session: Session): readonly ControlPacket[] {
  return maySend(config, session) ? [packetOf(config, session, false)] : [];
}

/** What the session says (section 6.8.7). */
function packetOf(config: BfdSessionModel, session: Session, final: boolean): ControlPacket {
  const { kind: state, diagnostic, discriminator, remote, polls } = session;
  return {
    ...{ diagnostic, state, poll: polls && !final, final, demand: false, multiplier: config.multiplier },
    ...{ myDiscriminator: discriminator, yourDiscriminator: remote.discriminator },
    ...{ desiredMinTx: desiredMinTx(config, state), requiredMinRx: config.minRx },
  };
}

function shorter(a: Milliseconds, b: Milliseconds): Milliseconds {
  return a < b ? a : b;
}

function longer(a: Milliseconds, b: Milliseconds): Milliseconds {
  return a > b ? a : b;
}
