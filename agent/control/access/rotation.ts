// The rotation of the API's certificate by the API: a new one is served at once, but only on trial. Who has reached the agent over a connection
// that was made with it may let it stay; otherwise the one before comes back by itself. A certificate that nobody can connect with would shut everybody out.

import { X509Certificate } from "node:crypto";
import type { Log } from "../../base/log.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { ReportEvent } from "../../events/event.ts";
import type { Refusal } from "../words/refusal.ts";
import type { Caller } from "./caller.ts";
import type { TlsEndpoint } from "./tls-endpoint.ts";
import { checkTls, type TlsMaterial, type TlsTexts } from "./tls-files.ts";

/** A certificate on trial. Times are Unix milliseconds. */
export interface Trial {
  /** SHA-256 of the certificate, hex with colons. */
  readonly fingerprint: string;
  readonly names: string;
  readonly notAfter: number;
  /** When the one before comes back. */
  readonly until: number;
}

/** A wish to rotate. Without authorities of clients, those that are in use stay. */
export interface RotationWish extends Omit<TlsTexts, "ca"> {
  readonly ca?: Buffer;
  readonly trialMs: number;
}

/** What a rotation needs. */
export interface RotationOptions {
  readonly endpoint: TlsEndpoint;
  readonly report: ReportEvent;
  readonly log: Log;
  readonly wall: () => number;
}

interface Going {
  readonly trial: Trial;
  readonly before: TlsMaterial;
  readonly next: TlsMaterial;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The rotation of one endpoint's certificate. One trial at a time. */
export class Rotation {
  readonly #options: RotationOptions;
  #going: Going | undefined;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /** What is on trial. */
  get trial(): Trial | undefined {
    return this.#going?.trial;
  }

  /** Serves another certificate, on trial. */
  begin(wish: RotationWish): Result<Trial, Refusal> {
    const { endpoint, report, wall } = this.#options;
    if (this.#going !== undefined) return refused("CERTIFICATE_ON_TRIAL");
    const before = endpoint.material;
    const next = checkTls({ cert: wish.cert, key: wish.key, ca: wish.ca ?? before.ca });
    if (!next.ok) return fail({ kind: "invalid-argument", field: "certificate", message: next.error });
    const { names, notAfter } = next.value;
    if (notAfter <= wall())
      return fail({
        kind: "invalid-argument",
        field: "certificate",
        message: `is over since ${new Date(notAfter).toISOString()}`,
      });
    const trial = { fingerprint: fingerprintOf(next.value), names, notAfter, until: wall() + wish.trialMs };
    const timer = setTimeout(() => this.#end("nobody confirmed it in time over a connection with it"), wish.trialMs);
    this.#going = { trial, before, next: next.value, timer };
    endpoint.serve(next.value);
    report({ kind: "certificate-on-trial", file: endpoint.view.file, names, notAfter, until: trial.until });
    return ok(trial);
  }

  /** Lets it stay, for who has reached the agent with it, and writes the files. */
  confirm(caller: Caller): Result<Trial, Refusal> {
    const going = this.#going;
    if (going === undefined) return noTrial();
    if (caller.kind !== "certificate" || caller.served !== going.trial.fingerprint)
      return refused("CERTIFICATE_NOT_PROVEN");
    const written = this.#options.endpoint.keep(going.next);
    if (!written.ok) return fail({ kind: "store-failed", full: false, message: written.error });
    this.#forget(going);
    return ok(going.trial);
  }

  /** Has the one before come back at once. */
  cancel(): Result<Trial, Refusal> {
    const going = this.#going;
    if (going === undefined) return noTrial();
    this.#end("it was cancelled");
    return ok(going.trial);
  }

  #end(problem: string): void {
    const going = this.#going;
    if (going === undefined) return;
    const { endpoint, report, log } = this.#options;
    this.#forget(going);
    // Where the files were changed meanwhile, they are what is served.
    if (endpoint.material === going.next) endpoint.serve(going.before);
    log.warn("certificate-taken-back", { names: going.trial.names, problem });
    report({ kind: "certificate-refused", file: endpoint.view.file, problem });
  }

  #forget({ timer }: Going): void {
    clearTimeout(timer);
    this.#going = undefined;
  }
}

function fingerprintOf({ cert }: TlsMaterial): string {
  return new X509Certificate(cert).fingerprint256;
}

function noTrial(): Result<never, Refusal> {
  return refused("NO_CERTIFICATE_ON_TRIAL");
}

function refused(reason: Extract<Refusal, { kind: "certificate-refused" }>["reason"]): Result<never, Refusal> {
  return fail({ kind: "certificate-refused", reason });
}
