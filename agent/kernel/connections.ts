// The port to the kernel's table of IPVS connections. Reading it changes nothing, and anybody may.

import type { IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";

/** One end of a connection. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** A connection as IPVS knows it: a client, the service that it asked for, and the destination that it was given. */
export interface IpvsConnection {
  /** "TCP", "UDP", "SCTP", or "IP" for the template by which persistence binds a client of a firewall mark. */
  readonly protocol: string;
  readonly client: Endpoint;
  readonly service: Endpoint;
  readonly destination: Endpoint;
  /** In the kernel's words: "ESTABLISHED", "FIN_WAIT", "NONE" … */
  readonly state: string;
  /** When the kernel forgets it unless packets come. */
  readonly expiresIn: Milliseconds;
}

/** Which connections are wished for; what is not given does not matter. */
export interface ConnectionFilter {
  readonly protocol?: string;
  readonly client?: IpAddress;
  readonly service?: IpAddress;
  readonly servicePort?: number;
  readonly destination?: IpAddress;
  readonly destinationPort?: number;
  readonly state?: string;
}

/** The connections that were found. */
export interface ConnectionList {
  /** The first of them, as many as were wished for. */
  readonly connections: readonly IpvsConnection[];
  /** How many match, those that are not listed among them. */
  readonly matching: number;
  /** How many there are at all. */
  readonly total: number;
}

/** Lists connections, `limit` at most. Rejects with an OperationError when the kernel has no IPVS. */
export type ListConnections = (filter: ConnectionFilter, limit: number) => Promise<ConnectionList>;

/** Whether a connection is wished for. */
export function matches(
  filter: ConnectionFilter,
  { protocol, client, service, destination, state }: IpvsConnection,
): boolean {
  const isWished = <T>(wished: T | undefined, found: T) => wished === undefined || wished === found;
  return (
    isWished(filter.protocol?.toUpperCase(), protocol) &&
    isWished(filter.client, client.address) &&
    isWished(filter.service, service.address) &&
    isWished(filter.servicePort, service.port) &&
    isWished(filter.destination, destination.address) &&
    isWished(filter.destinationPort, destination.port) &&
    isWished(filter.state?.toUpperCase(), state)
  );
}
