// What the checkers process shows: virtual servers, real servers and checkers with their state. Types only.

import type { WeightEffect } from "../health/core/probe-outcome.ts";

/** A virtual server as it is now. */
export interface VirtualServerView {
  readonly name: string;
  /** The service's key as text: "tcp 10.9.0.100:80". */
  readonly service: string;
  readonly scheduler: string;
  /** The keys of its further services, where it has several. */
  readonly furtherServices?: readonly string[];
  /** Whether the kernel has the service, and the further ones. */
  readonly present: boolean;
  readonly quorum: QuorumView;
  /** What the kernel has counted, of all its services together. */
  readonly counters?: CountersView;
  readonly sorryServer?: SorryServerView;
  readonly realServers: readonly RealServerView[];
}

/** Whether enough real servers are up: the weights of those that are, together, and what it takes. */
export interface QuorumView {
  readonly up: boolean;
  readonly weight: number;
  readonly quorum: number;
  readonly hysteresis: number;
}

/** A sorry server as it is now. */
export interface SorryServerView {
  readonly name: string;
  /** "masquerade", "direct" or "tunnel". */
  readonly forwarding: string;
  /** The weight in the kernel; undefined when the kernel does not have the destination. */
  readonly weight?: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
}

/** A real server as it is now. */
export interface RealServerView {
  readonly name: string;
  /** "masquerade", "direct" or "tunnel". */
  readonly forwarding: string;
  readonly configuredWeight: number;
  /** The weight in the kernel; undefined when the kernel does not have the destination. */
  readonly weight?: number;
  readonly up: boolean;
  /** Why it is up or down: the last verdict that decided. */
  readonly reason: string;
  /** Unix milliseconds. */
  readonly since: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  /** Clients that persistence binds to it; none when absent. */
  readonly persistentConnections?: number;
  /** What the kernel has counted. */
  readonly counters?: CountersView;
}

/** Counters as decimal texts in the order of `counterNames`; absent where all are zero. */
export type CountersView = readonly string[];

/** What was done to the kernel's table since the process started. */
export interface IpvsView {
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  /** Differences that somebody else has made. */
  readonly drifts: number;
}

/** A checker as it is now. Times are Unix milliseconds. */
export interface CheckerView {
  readonly id: string;
  readonly virtualServer: string;
  readonly realServer: string;
  /** "tcp 10.9.0.11:80", "http 10.9.0.11:80 /health". */
  readonly probe: string;
  readonly state: "unknown" | "up" | "down";
  readonly since: number;
  readonly consecutiveFailures: number;
  readonly lastProbe?: ProbeView;
  /** The last attempts, the newest first; left out where all of them passed. */
  readonly history?: readonly ProbeView[];
  /** It asks nothing, because no address of its virtual server is on this director. */
  readonly suspended?: boolean;
  /** It went down too often: until then it stays down, whatever it passes. */
  readonly heldUntil?: number;
  /** When the certificate of the real server ends, as last seen; only where it is looked at. */
  readonly certificateEnd?: number;
  readonly probes: number;
  readonly failures: number;
}

/** The last attempt of a checker. */
export interface ProbeView {
  readonly at: number;
  readonly durationMs: number;
  readonly passed: boolean;
  readonly detail: string;
}

/** What is kept of a checker across restarts: a server that was down stays down until a probe says otherwise. */
export interface CheckerMemory {
  readonly id: string;
  readonly up: boolean;
  readonly since: number;
  readonly reason: string;
  /** What it made of the real server's weight, where it made anything of it. */
  readonly weight?: WeightEffect;
  /** When it went down lately, and until when it is kept out, where that counts (Unix milliseconds). */
  readonly falls?: readonly number[];
  readonly heldUntil?: number;
}
