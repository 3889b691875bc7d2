// The port to the timeouts of IPVS connections, which one network namespace has for all its services together.

import type { Milliseconds } from "../base/duration.ts";

/** How long a connection is kept without packets, in whole seconds: TCP while it is open and after its FIN, and UDP. */
export interface IpvsTimeouts {
  readonly tcp: Milliseconds;
  readonly tcpFin: Milliseconds;
  readonly udp: Milliseconds;
}

/** The timeouts of one network namespace. Functions throw an OperationError when the kernel refuses. */
export interface IpvsTimeoutsPort {
  read(): IpvsTimeouts;
  write(timeouts: IpvsTimeouts): void;
  close(): void;
}

/** Whether two are the same. */
export function sameTimeouts(a: IpvsTimeouts, b: IpvsTimeouts): boolean {
  return a.tcp === b.tcp && a.tcpFin === b.tcpFin && a.udp === b.udp;
}

/** "tcp 900s tcp_fin 120s udp 300s". */
export function formatTimeouts({ tcp, tcpFin, udp }: IpvsTimeouts): string {
  return `tcp ${tcp / 1000}s tcp_fin ${tcpFin / 1000}s udp ${udp / 1000}s`;
}
