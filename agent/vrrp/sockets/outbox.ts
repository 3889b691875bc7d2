// Advertisements that wait to be sent together: all of a socket leave in one call of the kernel, in their order.

import type { OutgoingDatagram, VrrpSocket } from "../../kernel/vrrp-socket.ts";
import { causeOf } from "../cause.ts";
import type { RunningInstance } from "../instances/running-instance.ts";

/** One datagram and the socket that it leaves by. */
export interface Letter {
  readonly socket: VrrpSocket;
  readonly datagram: OutgoingDatagram;
}

/** The letters of each socket, in their order. */
export function bySocket(letters: readonly Letter[]): ReadonlyMap<VrrpSocket, readonly Letter[]> {
  return Map.groupBy(letters, ({ socket }) => socket);
}

/** Who is told what became of an advertisement. */
export interface OutboxListener {
  onSent(instance: RunningInstance, priority: number): void;
  onSendFailed(instance: RunningInstance, code: string): void;
}

interface Waiting {
  readonly instance: RunningInstance;
  /** Undefined where the advertisement has been counted already. */
  readonly priority: number | undefined;
  readonly letters: readonly Letter[];
}

/** What waits. */
export class Outbox {
  readonly #listener: OutboxListener;
  #waiting: Waiting[] = [];

  constructor(listener: OutboxListener) {
    this.#listener = listener;
  }

  /** Adds an advertisement. It counts as sent when one of its letters has left. */
  add(instance: RunningInstance, priority: number, letters: readonly Letter[]): void {
    this.#waiting.push({ instance, priority, letters });
  }

  /** Adds what has not left of an advertisement that counts as sent. */
  addRest(instance: RunningInstance, letters: readonly Letter[]): void {
    if (letters.length > 0) this.#waiting.push({ instance, priority: undefined, letters });
  }

  /** Sends everything that waits. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const refused = sendAll(waiting.flatMap(({ letters }) => letters));
    for (const one of waiting) this.#tell(one, refused);
  }

  #tell({ instance, priority, letters }: Waiting, refused: ReadonlyMap<Letter, string>): void {
    const codes = letters.flatMap((letter) => refused.get(letter) ?? []);
    if (codes.length < letters.length && priority !== undefined) this.#listener.onSent(instance, priority);
    if (codes[0] !== undefined) this.#listener.onSendFailed(instance, codes[0]);
  }
}

/** Sends, and gives the letters that were refused, with the cause. */
function sendAll(letters: readonly Letter[]): ReadonlyMap<Letter, string> {
  const refused = new Map<Letter, string>();
  for (const [socket, ofSocket] of bySocket(letters)) sendOn(socket, ofSocket, refused);
  return refused;
}

/** Whatever one is refused for, those behind it leave; none leaves twice, which its readers would take for a replay. */
function sendOn(socket: VrrpSocket, letters: readonly Letter[], refused: Map<Letter, string>): void {
  for (let rest = letters; rest.length > 0; ) {
    const left = trySend(socket, rest);
    if (typeof left === "string" && rest[0] !== undefined) refused.set(rest[0], left);
    rest = rest.slice(typeof left === "string" ? 1 : left);
  }
}

/** How many have left, or why not even the first has. */
function trySend(socket: VrrpSocket, letters: readonly Letter[]): number | string {
  try {
    return socket.send(letters.map(({ datagram }) => datagram));
  } catch (thrown) {
    return causeOf(thrown);
  }
}
