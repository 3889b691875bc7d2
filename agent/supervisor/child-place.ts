// A child's place in the runtime directory: its pid file and its socket, by which control finds it. One process holds it at a time.

import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { holderOf, pidIn, pidPath, socketPath } from "./child-process.ts";
import type { ChildRole } from "./protocol.ts";

/** The place of one role, held from `take` until `leave`. */
export class ChildPlace {
  readonly #runtimeDirectory: string;
  readonly #role: ChildRole;
  readonly #onSocket: (socket: Socket) => void;
  #server: Server | undefined;

  constructor(runtimeDirectory: string, role: ChildRole, onSocket: (socket: Socket) => void) {
    this.#runtimeDirectory = runtimeDirectory;
    this.#role = role;
    this.#onSocket = onSocket;
  }

  /** Writes the pid file and listens, in the place of whoever did before. Rejects when that cannot be. */
  async take(): Promise<void> {
    const path = socketPath(this.#runtimeDirectory, this.#role);
    mkdirSync(this.#runtimeDirectory, { recursive: true, mode: 0o750 });
    writeFileSync(pidPath(this.#runtimeDirectory, this.#role), `${process.pid}\n`, { mode: 0o600 });
    this.#server?.close();
    rmSync(path, { force: true });
    const server = createServer(this.#onSocket);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    this.#server = server;
  }

  /** Whether control could find us here. */
  isKept(): boolean {
    return (
      existsSync(socketPath(this.#runtimeDirectory, this.#role)) &&
      pidIn(this.#runtimeDirectory, this.#role) === process.pid
    );
  }

  /** The other process of this role that holds the place now; undefined when there is none. */
  takenBy(): number | undefined {
    const holder = holderOf(this.#runtimeDirectory, this.#role);
    return holder === process.pid ? undefined : holder;
  }

  /** Stops listening and removes what is ours. */
  leave(): void {
    if (this.takenBy() !== undefined) return;
    this.#server?.close();
    rmSync(socketPath(this.#runtimeDirectory, this.#role), { force: true });
    rmSync(pidPath(this.#runtimeDirectory, this.#role), { force: true });
  }
}
