// What a checker has to tell, as events and in the log.

import type { Clock } from "../base/clock.ts";
import { elapsed, type Instant, type Milliseconds } from "../base/duration.ts";
import type { Log } from "../base/log.ts";
import type { ProbeModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import { type CheckerRecord, saysOf } from "./checker-record.ts";
import type { RealServerVerdict } from "./core/real-server.ts";
import { probeText } from "./probe-text.ts";

/** Where it is told. */
export interface ReportPorts {
  readonly clock: Clock;
  readonly report: ReportEvent;
  readonly log: Log;
}

/** Puts what has happened into events. */
export class CheckerReports {
  readonly #ports: ReportPorts;

  constructor(ports: ReportPorts) {
    this.#ports = ports;
  }

  /** A checker changed its verdict. */
  checker(record: CheckerRecord, up: boolean): void {
    this.#ports.report({
      kind: "checker-changed",
      ...idOf(record),
      ...whose(record),
      up,
      reason: saysOf(record).reason,
    });
  }

  /** And with it the real server went in or out of the pool. */
  realServer(record: CheckerRecord, { up, reason }: RealServerVerdict): void {
    this.#ports.report({ kind: "real-server-changed", ...whose(record), up, reason });
  }

  /** It has fallen too often. */
  held(record: CheckerRecord, falls: number, until: Instant): void {
    const { clock, report } = this.#ports;
    const end = clock.wall() + elapsed(clock.now(), until);
    report({ kind: "checker-held", ...idOf(record), ...whose(record), falls, until: end });
  }

  /** It made something else of the weight. */
  weight(record: CheckerRecord, from: number, to: number, detail: string): void {
    const reason = `${probeText(record.model.probe)}: ${detail}`;
    this.#ports.report({ kind: "real-server-weight-changed", ...whose(record), from, to, reason });
  }

  /** It has seen when the server's certificate ends: told when that is soon, of each certificate once, and when it is no longer. */
  certificate(record: CheckerRecord, end: number): void {
    const { clock, report } = this.#ports;
    const { model, certificateEnd, isCertificateWarned = false } = record;
    record.certificateEnd = end;
    const warnBefore = warnBeforeOf(model.probe);
    if (warnBefore === undefined) return;
    const expiring = end - clock.wall() <= warnBefore;
    record.isCertificateWarned = expiring;
    const isKnown = expiring ? isCertificateWarned && end === certificateEnd : !isCertificateWarned;
    if (isKnown) return;
    report({ kind: "server-certificate-changed", ...idOf(record), ...whose(record), expiring, notAfter: end });
  }

  /** An attempt failed: it is said only where that is asked for, since verdicts are what counts. */
  failure({ model, virtualServer, realServer }: CheckerRecord, detail: string): void {
    if (model.logsAllFailures !== true) return;
    const fields = { virtual_server: virtualServer.name, real_server: realServer.name };
    this.#ports.log.info("probe-failed", { ...fields, probe: probeText(model.probe), reason: detail });
  }
}

function idOf({ model }: CheckerRecord): { readonly checker: string } {
  return { checker: model.id };
}

function whose({ virtualServer, realServer }: CheckerRecord) {
  return { virtualServer: virtualServer.name, realServer: realServer.name };
}

function warnBeforeOf(probe: ProbeModel): Milliseconds | undefined {
  const tls = "tls" in probe ? probe.tls : "startTls" in probe ? probe.startTls : undefined;
  return tls?.warnBefore;
}
