// One TCP connection of a probe: opened, talked over, and given back, within a time limit.
//
// node:net and not Bun.connect, because only the former can be ended while it is still connecting: a Bun.connect to a host that does
// not answer keeps its socket until the kernel gives up, two minutes later. A connection that was established is reset and not closed,
// so that the director gathers no sockets in TIME_WAIT.

import { connect, type Socket } from "node:net";
import type { IpAddress } from "../../base/address.ts";
import { codeOf, messageOf } from "../../base/errors.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { connectFailure, talkFailure } from "./connection-failure.ts";
import type { DescriptorBudget } from "./descriptor-budget.ts";

/** Where to connect, from where, and how long it may take in all. */
export interface ConnectionTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly bindAddress: IpAddress | undefined;
}

/** A time limit on the monotonic clock of this process, and how to say that it passed. */
export interface TimeLimit {
  /** `performance.now()` at which the attempt is over. */
  readonly end: number;
  /** The whole limit in words, for messages: "3s". */
  readonly text: string;
}

/** What a probe does with its connection. */
export interface Conversation {
  /** The connection is established; to write, and to finish when that was all. */
  readonly connected: (socket: Socket, finish: (outcome: ProbeOutcome) => void) => void;
  readonly received?: (bytes: Uint8Array, finish: (outcome: ProbeOutcome) => void) => void;
  /** The other side closed. */
  readonly closed?: () => ProbeOutcome;
  /** What was awaited when time ran out after the connection was there: "answer". */
  readonly awaited?: () => string;
}

const aborted: ProbeOutcome = { kind: "not-made", detail: "cancelled" };

/** Connects and lets the conversation run until it finishes, fails, is aborted or reaches the limit. The socket is gone when this resolves. */
export function converse(
  target: ConnectionTarget,
  limit: TimeLimit,
  signal: AbortSignal,
  descriptors: DescriptorBudget,
  conversation: Conversation,
): Promise<ProbeOutcome> {
  if (signal.aborted) return Promise.resolve(aborted);
  if (!descriptors.take()) return Promise.resolve(descriptors.exhausted);
  return new Promise<ProbeOutcome>((resolve) => open(target, limit, signal, conversation, resolve)).finally(() =>
    descriptors.giveBack(),
  );
}

function open(
  target: ConnectionTarget,
  limit: TimeLimit,
  signal: AbortSignal,
  conversation: Conversation,
  resolve: (outcome: ProbeOutcome | Promise<ProbeOutcome>) => void,
): void {
  let isConnected = false;
  const started = performance.now();
  const finish = (outcome: ProbeOutcome | Promise<ProbeOutcome>) => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    if (isConnected) socket.resetAndDestroy();
    else socket.destroy();
    resolve(outcome);
  };
  const onAbort = () => finish(aborted);
  const onLimit = () => finish({ kind: "failed", detail: tooLate(isConnected, limit, conversation) });
  const timer = setTimeout(onLimit, Math.max(0, limit.end - performance.now()));
  const { address: host, port, bindAddress } = target;
  const socket = connect({ host, port, ...(bindAddress === undefined ? {} : { localAddress: bindAddress }) });
  signal.addEventListener("abort", onAbort);
  // Every listener stays until the socket is gone: an error after `finish` must find one, and finishing twice is harmless.
  socket.on("connect", () => {
    isConnected = true;
    conversation.connected(socket, finish);
  });
  socket.on("error", (error) => {
    const code = codeOf(error) ?? messageOf(error);
    finish(isConnected ? talkFailure(code) : connectFailure(code, target, performance.now() - started));
  });
  const { received, closed } = conversation;
  if (received !== undefined) socket.on("data", (bytes: Buffer) => received(bytes, finish));
  if (closed !== undefined) socket.on("end", () => finish(closed()));
  socket.on("close", () => finish({ kind: "failed", detail: "connection closed" }));
}

function tooLate(isConnected: boolean, limit: TimeLimit, conversation: Conversation): string {
  return isConnected
    ? `no ${conversation.awaited?.() ?? "answer"} within ${limit.text}`
    : `no connection within ${limit.text}`;
}
