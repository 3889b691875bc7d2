// One TCP connection of a probe, with TLS on it where that is asked for: opened, talked over, and given back, within a time limit.
//
// node:net and not Bun.connect, because only the former can be ended while it is still connecting: a Bun.connect to a host that does
// not answer keeps its socket until the kernel gives up, two minutes later. A connection that was established is reset and not closed,
// so that the director gathers no sockets in TIME_WAIT.

import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { IpAddress } from "../../base/address.ts";
import { codeOf, messageOf } from "../../base/errors.ts";
import type { TlsModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { connectFailure, handshakeFailure, talkFailure } from "./connection-failure.ts";
import type { DescriptorBudget } from "./descriptor-budget.ts";

/** Where to connect, from where, and how long it may take in all. */
export interface ConnectionTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly bindAddress: IpAddress | undefined;
  readonly tls?: TlsModel | undefined;
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
  /** The connection is established, and TLS on it; to write, and to finish when that was all. */
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
  return new Promise<ProbeOutcome>((resolve) => open(target, limit, signal, conversation, resolve))
    .catch(notTried)
    .finally(() => descriptors.giveBack());
}

/** What goes wrong before there is a socket: a file of certificates that cannot be read. */
function notTried(thrown: unknown): ProbeOutcome {
  return { kind: "not-made", detail: `could not be tried: ${messageOf(thrown)}` };
}

function open(
  target: ConnectionTarget,
  limit: TimeLimit,
  signal: AbortSignal,
  conversation: Conversation,
  resolve: (outcome: ProbeOutcome | Promise<ProbeOutcome>) => void,
): void {
  const secured = target.tls && { ...ends(target), ...trust(target.tls) };
  let isConnected = false;
  let isReady = false;
  const started = performance.now();
  const finish = (outcome: ProbeOutcome | Promise<ProbeOutcome>) => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    if (isConnected) socket.resetAndDestroy();
    else socket.destroy();
    resolve(outcome);
  };
  const onAbort = () => finish(aborted);
  const awaited = () => (isReady ? (conversation.awaited?.() ?? "answer") : isConnected ? "TLS" : "connection");
  const onLimit = () => finish({ kind: "failed", detail: `no ${awaited()} within ${limit.text}` });
  const timer = setTimeout(onLimit, Math.max(0, limit.end - performance.now()));
  const socket = secured === undefined ? connect(ends(target)) : connectTls(secured);
  signal.addEventListener("abort", onAbort);
  // Every listener stays until the socket is gone: an error after `finish` must find one, and finishing twice is harmless.
  socket.on("connect", () => {
    isConnected = true;
  });
  socket.on(secured === undefined ? "connect" : "secureConnect", () => {
    isReady = true;
    conversation.connected(socket, finish);
  });
  socket.on("error", (error) => {
    const code = codeOf(error) ?? messageOf(error);
    if (!isConnected) finish(connectFailure(code, target, performance.now() - started));
    else finish(isReady ? talkFailure(code) : handshakeFailure(code, messageOf(error)));
  });
  const { received, closed } = conversation;
  if (received !== undefined) socket.on("data", (bytes: Buffer) => received(bytes, finish));
  if (closed !== undefined) socket.on("end", () => finish(closed()));
  socket.on("close", () => finish({ kind: "failed", detail: "connection closed" }));
}

function ends({ address: host, port, bindAddress }: ConnectionTarget) {
  return { host, port, ...(bindAddress === undefined ? {} : { localAddress: bindAddress }) };
}

/** What is asked for and what is believed. A certificate authority's file may be exchanged while the agent runs: it is read each time. */
function trust({ serverName, verify, caFile }: TlsModel) {
  return {
    rejectUnauthorized: verify,
    ...(serverName !== undefined && { servername: serverName }),
    ...(verify && caFile !== undefined && { ca: readFileSync(caFile) }),
  };
}
