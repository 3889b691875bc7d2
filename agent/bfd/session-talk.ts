// How the checkers process learns of sessions: over a socket in the runtime directory, on which the vrrp process says what each session is, and
// again when that changes, one JSON object a line. Directly, so that both go on when control is gone.

import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { readLines } from "../vrrp/tracking/talk.ts";
import type { SessionReading } from "./view.ts";

/** What is said of a session; without a reading it is no more. */
interface Word {
  readonly session: string;
  readonly reading?: SessionReading | undefined;
}

function pathIn(runtimeDirectory: string): string {
  return `${runtimeDirectory}/bfd.sock`;
}

/** Bytes that may wait for somebody who does not read; who comes back is told everything. */
const waitingLimit = 65_536;

/** The vrrp process's end. */
export class SessionAnnouncer {
  readonly #path: string;
  readonly #readings: () => ReadonlyMap<string, SessionReading>;
  readonly #log: Log;
  readonly #listeners = new Set<Socket>();
  #server: Server | undefined;

  constructor(runtimeDirectory: string, readings: () => ReadonlyMap<string, SessionReading>, log: Log) {
    this.#path = pathIn(runtimeDirectory);
    this.#readings = readings;
    this.#log = log;
  }

  /** Listens, from the first session on. */
  start(): void {
    if (this.#server !== undefined) return;
    rmSync(this.#path, { force: true });
    this.#server = createServer((socket) => this.#greet(socket));
    this.#server.on("error", (error) => this.#log.warn("bfd-not-announced", { cause: messageOf(error) }));
    this.#server.listen(this.#path, () => chmodSync(this.#path, 0o600));
    this.#server.unref();
  }

  tell(session: string, reading: SessionReading | undefined): void {
    for (const socket of this.#listeners) write(socket, { session, reading });
  }

  /** For good: with the server goes its file, also where another process listens there by now. */
  close(): void {
    if (this.#server === undefined) return;
    this.#server.close();
    for (const socket of this.#listeners) socket.destroy();
  }

  #greet(socket: Socket): void {
    socket.on("error", () => {});
    socket.on("close", () => this.#listeners.delete(socket));
    socket.resume();
    this.#listeners.add(socket);
    for (const [session, reading] of this.#readings()) write(socket, { session, reading });
  }
}

function write(socket: Socket, word: Word): void {
  if (socket.writableLength > waitingLimit) socket.destroy();
  else socket.write(`${JSON.stringify(word)}\n`);
}

/** How soon a connection that ended is made again. */
const pauseMs = 200;

/** The checkers process's end. What was said is forgotten with the connection: then nobody knows. */
export class SessionFeed {
  readonly #path: string;
  readonly #readings = new Map<string, SessionReading>();
  readonly #listeners = new Set<(session: string) => void>();
  #socket: Socket | undefined;
  #isWanted = false;

  constructor(runtimeDirectory: string) {
    this.#path = pathIn(runtimeDirectory);
  }

  /** Whether anybody wants to know. */
  want(isWanted: boolean): void {
    this.#isWanted = isWanted;
    if (isWanted) this.#connect();
    else this.#socket?.destroy();
  }

  reading(session: string): SessionReading | undefined {
    return this.#readings.get(session);
  }

  onChange(listener: (session: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #connect(): void {
    if (this.#socket !== undefined || !this.#isWanted) return;
    const socket = connect(this.#path);
    this.#socket = socket;
    socket.on(
      "data",
      readLines<Word>((word) => this.#take(word)),
    );
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = undefined;
      this.#readings.clear();
      if (this.#isWanted) setTimeout(() => this.#connect(), pauseMs).unref();
    });
  }

  #take({ session, reading }: Word): void {
    if (reading === undefined) this.#readings.delete(session);
    else this.#readings.set(session, reading);
    for (const listener of [...this.#listeners]) listener(session);
  }
}
