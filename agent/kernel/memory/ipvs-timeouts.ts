import { seconds } from "../../base/duration.ts";
import type { OperationError } from "../../base/errors.ts";
import type { IpvsTimeouts, IpvsTimeoutsPort } from "../ipvs-timeouts.ts";

/** The timeouts of a namespace in memory; at first those of the kernel (ip_vs_ctl.c, ip_vs_proto_tcp.c: 15 min, 2 min, 5 min). */
export class MemoryIpvsTimeouts implements IpvsTimeoutsPort {
  /** While set, nothing can be asked. */
  unavailable: OperationError | undefined;
  writes = 0;
  #timeouts: IpvsTimeouts = { tcp: seconds(900), tcpFin: seconds(120), udp: seconds(300) };

  read(): IpvsTimeouts {
    if (this.unavailable !== undefined) throw this.unavailable;
    return this.#timeouts;
  }

  write(timeouts: IpvsTimeouts): void {
    if (this.unavailable !== undefined) throw this.unavailable;
    this.writes += 1;
    this.#timeouts = timeouts;
  }

  close(): void {}
}
