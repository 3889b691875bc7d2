// Connections: what a client may do before it calls anything, and how long it may do nothing. Floods of pings, settings and resets, frames that
// are wrong and header lists that are too long are ended by the library below; what it leaves to its user is here.

import type { EventEmitter } from "node:events";
import type { ServerOptions } from "@grpc/grpc-js";
import { Server } from "@grpc/grpc-js";
import type { Log } from "../../base/log.ts";

/** What connections may do. */
export interface ConnectionLimits {
  /** How long TLS may take, and then the client's first settings. */
  readonly handshakeMs: number;
  /** How long a connection may be without any call. */
  readonly idleMs: number;
  /** Bytes of the headers of one call. */
  readonly headerBytes: number;
  /** Connections at once. */
  readonly connections: number;
}

/** Enough for a thousand watchers on connections of their own, and for a certificate's names in headers. */
export const defaultConnectionLimits: ConnectionLimits = {
  ...{ handshakeMs: 10_000, idleMs: 900_000, headerBytes: 16 * 1024, connections: 4000 },
};

/** Parts of the library's server that its types do not show. */
interface Internals {
  commonServerOptions: { settings?: object; handshakeTimeout?: number };
  createHttp2Server(credentials: unknown): EventEmitter;
}

/** The library's server whose connections keep to limits. */
export function limitedServer(options: ServerOptions, limits: ConnectionLimits, log: Log): Server {
  const server = new Server({ ...options, "grpc.max_connection_idle_ms": limits.idleMs });
  const internals = server as unknown as Internals;
  const { settings } = internals.commonServerOptions;
  internals.commonServerOptions.settings = { ...settings, maxHeaderListSize: limits.headerBytes };
  // What concerns TLS alone means nothing to the unix socket.
  internals.commonServerOptions.handshakeTimeout = limits.handshakeMs;
  const make = internals.createHttp2Server.bind(server);
  const limit = new ConnectionLimit(limits, log);
  internals.createHttp2Server = (credentials) => {
    const made = make(credentials);
    made.prependListener("connection", (socket: Connection) => limit.connected(socket));
    made.on("session", (session: Session) => greeted(session, limits.handshakeMs));
    return made;
  };
  return server;
}

interface Connection extends EventEmitter {
  destroy(): void;
}

interface Session extends EventEmitter {
  destroy(): void;
}

/** Ends a session whose client does not speak: one that has connected and says nothing would stay for ever. */
function greeted(session: Session, limitMs: number): void {
  const timer = setTimeout(() => session.destroy(), limitMs);
  for (const event of ["remoteSettings", "close"]) session.once(event, () => clearTimeout(timer));
}

/** How often it is logged that there are too many. */
const logEveryMs = 60_000;

/** How many there may be at once, over all sockets together. */
class ConnectionLimit {
  readonly #limits: ConnectionLimits;
  readonly #log: Log;
  #open = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: ConnectionLimits, log: Log) {
    this.#limits = limits;
    this.#log = log;
  }

  connected(socket: Connection): void {
    this.#open += 1;
    socket.once("close", () => {
      this.#open -= 1;
    });
    if (this.#open <= this.#limits.connections) return;
    this.#tell();
    socket.destroy();
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#loggedAt < logEveryMs) return;
    this.#loggedAt = now;
    this.#log.warn("api-connections-refused", { open: this.#open - 1, why: "there are as many as there may be" });
  }
}
