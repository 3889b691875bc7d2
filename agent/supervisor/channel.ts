// One JSON object a line over a unix socket: how control and its children talk. The channel is bounded: a peer that stops reading
// loses its connection and learns the state anew when it comes back, instead of filling our memory.

import type { Socket } from "node:net";

/** What a channel does with what arrives. `onClosed` is called once. */
export interface ChannelEvents<Incoming> {
  readonly onMessage: (message: Incoming) => void;
  readonly onClosed: (reason: string) => void;
}

/** Bytes that may wait for a peer that does not read, besides a message that is larger than that by itself. */
const waitingLimit = 64 * 1024 * 1024;

/** A connected channel. The types of both directions are the caller's word: both ends are the same build, or part at the first message. */
export class Channel<Incoming, Outgoing> {
  readonly #socket: Socket;
  readonly #events: ChannelEvents<Incoming>;
  #partial: string[] = [];
  #closed = false;
  /** Bytes of the messages underway that are beyond the limit by themselves, such as the plan of a very large configuration. */
  #large = 0;

  constructor(socket: Socket, events: ChannelEvents<Incoming>) {
    this.#socket = socket;
    this.#events = events;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#take(text));
    socket.on("error", (error) => this.#end(error.message));
    socket.on("close", () => this.#end("the connection was closed"));
  }

  /** Sends one message. `onFlushed` is called when the kernel has taken it, or at once when the channel is closed and it can no longer go. */
  send(message: Outgoing, onFlushed?: () => void): void {
    if (this.#closed) return onFlushed?.();
    if (this.#socket.writableLength > waitingLimit + this.#large) return this.#end("the peer does not read");
    const line = `${JSON.stringify(message)}\n`;
    const large = line.length > waitingLimit ? line.length : 0;
    this.#large += large;
    this.#socket.write(line, () => {
      this.#large -= large;
      onFlushed?.();
    });
  }

  /** Closes the connection; `onClosed` is called. */
  close(): void {
    this.#end("closed by us");
  }

  #take(text: string): void {
    const lines = text.split("\n");
    const last = lines.pop() ?? "";
    for (const line of lines) {
      this.#partial.push(line);
      const whole = this.#partial.join("");
      this.#partial = [];
      if (!this.#closed) this.#deliver(whole);
    }
    if (last !== "") this.#partial.push(last);
  }

  #deliver(line: string): void {
    let message: Incoming;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#end("the peer does not speak our language");
    }
    this.#events.onMessage(message);
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#events.onClosed(reason);
  }
}
