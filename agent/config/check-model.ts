// What checkers do, resolved: how often they ask, and one type for each kind of probe. Types only. A kind is a pure description of one
// attempt; health/probes/ makes it.

import type { IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";
import type { PacketSource } from "../kernel/probe-sockets.ts";

/** A checker: what to probe, how often, and how many failures it takes. */
export interface CheckerModel {
  /** Stable identity: virtual server, real server, and the probe's settings. A checker with the same identity keeps its history across configurations. */
  readonly id: string;
  readonly probe: ProbeModel;
  /** From one probe to the next while nothing is wrong. */
  readonly delay: Milliseconds;
  /** How many further attempts after a first failure before the checker says down. */
  readonly retries: number;
  readonly retryDelay: Milliseconds;
  /** The first probe comes after a random part of this. */
  readonly warmup: Milliseconds;
  /** Down until the first success (keepalived's alpha); otherwise up until proven down. */
  readonly startDown: boolean;
  /** It does not probe for a while, because somebody wants that. Never configured. */
  readonly paused?: boolean;
}

/** What one attempt does. `timeout` is the deadline of the whole attempt. */
export type ProbeModel = TcpProbeModel | HttpProbeModel;

/** Where a probe over the network goes, from where, and how long it may take. */
export interface NetworkProbe {
  readonly address: IpAddress;
  readonly port: number;
  readonly timeout: Milliseconds;
  /** Where it comes from; the kernel's choice in all that is absent. */
  readonly source: PacketSource;
}

/** Success: the connection is established. */
export interface TcpProbeModel extends NetworkProbe {
  readonly kind: "tcp";
}

/** Success: every path answers with one of its status codes and, where configured, a body with its digest. */
export interface HttpProbeModel extends NetworkProbe {
  readonly kind: "http";
  /** The Host header; the real server's address unless configured. */
  readonly virtualHost: string | undefined;
  /** Over TLS; in clear unless given. */
  readonly tls: TlsModel | undefined;
  readonly requests: readonly HttpRequestModel[];
}

/** How a probe speaks TLS. */
export interface TlsModel {
  /** The name to ask for (SNI), and the one that a verified certificate must be for; none is asked for unless given. */
  readonly serverName: string | undefined;
  /** Whether the certificate must be trusted and for this name, or for the address where there is none. */
  readonly verify: boolean;
  /** A file with the certificates to trust; the well-known authorities unless given. */
  readonly caFile: string | undefined;
}

/** One request of an HTTP probe. */
export interface HttpRequestModel {
  readonly path: string;
  /** Inclusive ranges of accepted status codes. */
  readonly statusCodes: readonly { readonly from: number; readonly to: number }[];
  /** The MD5 of the body in lower-case hex digits (what keepalived's genhash prints); not compared unless given. */
  readonly digest: string | undefined;
}
