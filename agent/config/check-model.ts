// What checkers do, resolved: how often they ask, and one type for each kind of probe. Types only. A kind is a pure description of one
// attempt; health/probes/ makes it.

import type { IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";
import type { UntouchedForwarding } from "../kernel/ipvs.ts";
import type { PacketSource } from "../kernel/probe-sockets.ts";
import type { ProgramModel, ProgramsModel } from "./notification-model.ts";

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
  /** Kept out for a while when it goes down too often; never unless configured. */
  readonly damping?: FlapDampingModel;
  /** Every failed attempt is said in the log (keepalived's log_all_failures). */
  readonly logsAllFailures?: true;
  /** It does not probe for a while, because somebody wants that. Never configured. */
  readonly paused?: boolean;
}

/** So many falls within a time keep a real server out for a time, from the last fall on. */
export interface FlapDampingModel {
  readonly falls: number;
  readonly within: Milliseconds;
  readonly hold: Milliseconds;
}

/** What one attempt does. `timeout` is the deadline of the whole attempt. */
export type ProbeModel =
  | TcpProbeModel
  | HttpProbeModel
  | UdpProbeModel
  | PingProbeModel
  | DnsProbeModel
  | SmtpProbeModel
  | TlsProbeModel
  | GrpcProbeModel
  | RedisProbeModel
  | PostgresqlProbeModel
  | MysqlProbeModel
  | AgentProbeModel
  | ScriptProbeModel
  | FileProbeModel
  | BfdProbeModel;

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
  /** With the virtual address on the real server, by the way of clients' packets; with its own address when absent. */
  readonly path?: PathProbeModel;
}

/** The virtual address that a real server should answer for, and how packets for it are brought there. */
export interface PathProbeModel {
  readonly virtualAddress: IpAddress;
  readonly forwarding: UntouchedForwarding;
}

/** Success: every path answers with one of its status codes and, where configured, a body with its digest. */
export interface HttpProbeModel extends NetworkProbe {
  readonly kind: "http";
  /** The Host header; the real server's address unless configured. */
  readonly virtualHost: string | undefined;
  /** Over TLS; in clear unless given. */
  readonly tls: TlsModel | undefined;
  /** 1.0C: version 1.0, and the end of the connection is asked for. 2: over TLS by ALPN, in clear with prior knowledge. */
  readonly version: "1.0" | "1.0C" | "1.1" | "2";
  /** How many redirects are followed; they are answers like others unless configured. */
  readonly maxRedirects?: number;
  /** Also to other names than the one that is asked for. */
  readonly redirectsToOtherHosts?: true;
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
  /** How long before its end a certificate is warned of, and from when on the probe fails; neither unless configured. */
  readonly warnBefore?: Milliseconds;
  readonly failBefore?: Milliseconds;
  /** Who we are, for servers that ask; nobody unless given. */
  readonly client?: ClientCertificateModel;
}

/** The files of our certificate. They may be exchanged while the agent runs. */
export interface ClientCertificateModel {
  readonly certificate: string;
  readonly key: string;
  readonly passwordFile?: string;
}

/** One request of an HTTP probe. */
export interface HttpRequestModel {
  readonly path: string;
  /** Inclusive ranges of accepted status codes. */
  readonly statusCodes: readonly { readonly from: number; readonly to: number }[];
  /** The MD5 of the body in lower-case hex digits (what keepalived's genhash prints); not compared unless given. */
  readonly digest: string | undefined;
  readonly method: string;
  /** Whole lines: "Name: value". */
  readonly headers: readonly string[];
  readonly body: string | undefined;
  /** The Host header of this request, where it is not that of the others. */
  readonly virtualHost: string | undefined;
  readonly match: BodyMatchModel | undefined;
  readonly json: readonly JsonMatchModel[];
}

/** What must be found in a body, or must not. */
export interface BodyMatchModel {
  readonly pattern: string;
  /** Those of JavaScript's regular expressions. */
  readonly flags: string;
  /** The body must not match. */
  readonly absent: boolean;
  /** Where a match may begin. */
  readonly leastOffset: number;
  readonly mostOffset: number | undefined;
  /** A match must begin in the first line. */
  readonly firstLine: boolean;
}

/** A value of a JSON body, as text. */
export interface JsonMatchModel {
  readonly path: string;
  readonly equals: string;
}

/** Success: an answer as it should be; or without one that is required, that nothing refuses the datagram in time. */
export interface UdpProbeModel extends NetworkProbe {
  readonly kind: "udp";
  /** Hexadecimal digits; something random unless given. */
  readonly payload: string | undefined;
  readonly requireReply: boolean;
  /** What the reply begins with: hexadecimal digits, X for any. */
  readonly reply: string | undefined;
  readonly leastReply: number;
  readonly mostReply: number;
}

/** Success: an ICMP echo reply. */
export interface PingProbeModel extends Omit<NetworkProbe, "port"> {
  readonly kind: "ping";
}

/** Success: an answer without an error, with every record that is expected. */
export interface DnsProbeModel extends NetworkProbe {
  readonly kind: "dns";
  readonly type: "A" | "NS" | "CNAME" | "SOA" | "MX" | "TXT" | "AAAA" | "RRSIG" | "DNSKEY";
  readonly name: string;
  readonly answers: readonly string[];
}

/** Success: greeting, HELO and QUIT are answered. */
export interface SmtpProbeModel extends NetworkProbe {
  readonly kind: "smtp";
  readonly heloName: string;
  /** TLS by STARTTLS; none unless given. */
  readonly startTls: TlsModel | undefined;
}

/** Success: the handshake is done. */
export interface TlsProbeModel extends NetworkProbe {
  readonly kind: "tls";
  readonly tls: TlsModel;
}

/** Success: grpc.health.v1 says SERVING. */
export interface GrpcProbeModel extends NetworkProbe {
  readonly kind: "grpc";
  readonly service: string;
  readonly virtualHost: string | undefined;
  readonly tls: TlsModel | undefined;
}

/** Success: PONG. */
export interface RedisProbeModel extends NetworkProbe {
  readonly kind: "redis";
  readonly tls: TlsModel | undefined;
}

/** Success: the server takes connections, whether or not it knows the user. */
export interface PostgresqlProbeModel extends NetworkProbe {
  readonly kind: "postgresql";
  readonly user: string;
  readonly database: string;
}

/** Success: the server greets and answers a login, whether or not it knows the user. */
export interface MysqlProbeModel extends NetworkProbe {
  readonly kind: "mysql";
  readonly user: string;
}

/** Success: the agent on the real server says so; it may say a share of the weight as well. */
export interface AgentProbeModel extends NetworkProbe {
  readonly kind: "agent";
  /** What is said to it first; nothing unless given. */
  readonly send: string | undefined;
}

/** Success: the program ends with exit code 0, or with one that is a weight. */
export interface ScriptProbeModel {
  readonly kind: "script";
  readonly program: ProgramModel;
  /** Whether exit codes from 2 are a weight, less two. */
  readonly dynamicWeight: boolean;
  readonly timeout: Milliseconds;
  /** Whom programs run as that say nothing themselves, and what is refused. */
  readonly programs: ProgramsModel;
}

/** The number in a file, times `weight`, is added to the real server's weight; with weight 0, success is the number 0. */
export interface FileProbeModel {
  readonly kind: "file";
  readonly file: string;
  readonly weight: number;
  readonly timeout: Milliseconds;
}

/** Success: the BFD session is up. */
export interface BfdProbeModel {
  readonly kind: "bfd";
  readonly session: string;
  /** How long a session that begins may take until it is known what it is. */
  readonly timeout: Milliseconds;
}
