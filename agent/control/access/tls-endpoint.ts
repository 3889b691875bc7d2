// TCP with mutual TLS: credentials that can be exchanged while connections go on, and the look after the files behind them.

import { constants } from "node:crypto";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import type { Log } from "../../base/log.ts";
import type { Result } from "../../base/result.ts";
import type { ReportEvent } from "../../events/event.ts";

import { fileVersions, readTlsFiles, type TlsMaterial, type TlsPaths, writeTlsFiles } from "./tls-files.ts";

/** Credentials that take new certificates. Connections that are open keep theirs. */
class ReloadableCredentials extends ServerCredentials {
  constructor(material: TlsMaterial) {
    super(required, contextOf(material));
  }

  exchange(material: TlsMaterial): void {
    this.updateSecureContextOptions(contextOf(material));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Clients without a certificate of the authority are not let in. */
const required = { requestCert: true, rejectUnauthorized: true } as const;

function contextOf({ cert, key, ca }: TlsMaterial): SecureContextOptions & TlsOptions {
  const secureOptions = constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1;
  // The requirement is repeated: where contexts are exchanged, what is not said is not required.
  return { cert, key, ca, minVersion: "TLSv1.2", secureOptions, ...required };
}

/** What an endpoint needs. */
export interface TlsEndpointOptions {
  readonly paths: TlsPaths;
  readonly report: ReportEvent;
  readonly log: Log;
  readonly wall: () => number;
  /** How often the files are looked at; 10 s unless given. */
  readonly lookMs?: number;
}

/** How long before its end a certificate is reported, and how often. */
const warnBeforeMs = 14 * 86_400_000;
const warnEveryMs = 86_400_000;

/** The certificates of an endpoint, from `open` until `close`. */
export class TlsEndpoint {
  readonly credentials: ServerCredentials;
  readonly #credentials: ReloadableCredentials;
  readonly #options: TlsEndpointOptions;
  #versions: string;
  #material: TlsMaterial;
  #warnedAt = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  /** Reads the files; what is wrong with them is thrown as a sentence. */
  static open(options: TlsEndpointOptions): TlsEndpoint {
    const material = readTlsFiles(options.paths);
    if (!material.ok) throw new Error(material.error);
    return new TlsEndpoint(options, material.value);
  }

  private constructor(options: TlsEndpointOptions, material: TlsMaterial) {
    this.#options = options;
    this.#credentials = new ReloadableCredentials(material);
    this.credentials = this.#credentials;
    this.#versions = fileVersions(options.paths);
    this.#material = material;
    this.#timer = setInterval(() => this.look(), options.lookMs ?? 10_000);
    this.#warn();
  }

  /** The certificate that new connections are shown. */
  get view(): CertificateView {
    const { names, notAfter } = this.#material;
    return { file: this.#options.paths.cert, names, notAfter };
  }

  /** What is used, as it was read. */
  get material(): TlsMaterial {
    return this.#material;
  }

  /** Shows something else to new connections; the files stay as they are. */
  serve(material: TlsMaterial): void {
    this.#credentials.exchange(material);
    this.#material = material;
    this.#warnedAt = 0;
  }

  /** Writes what is served into the files. */
  keep(material: TlsMaterial): Result<undefined, string> {
    const written = writeTlsFiles(this.#options.paths, material);
    if (!written.ok) return written;
    this.#versions = fileVersions(this.#options.paths);
    this.#loaded(material);
    return written;
  }

  /** Takes changed files, where they go together, and warns of an end that is near. */
  look(): void {
    const versions = fileVersions(this.#options.paths);
    if (versions !== this.#versions) this.#read(versions);
    this.#warn();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(versions: string): void {
    const { paths, report, log } = this.#options;
    this.#versions = versions;
    const material = readTlsFiles(paths);
    if (!material.ok) {
      log.error("certificate-not-taken", { file: paths.cert, problem: material.error });
      return report({ kind: "certificate-refused", file: paths.cert, problem: material.error });
    }
    this.serve(material.value);
    this.#loaded(material.value);
  }

  #loaded({ names, notAfter }: TlsMaterial): void {
    const { paths, report } = this.#options;
    report({ kind: "certificate-loaded", file: paths.cert, names, notAfter });
  }

  #warn(): void {
    const now = this.#options.wall();
    const { notAfter } = this.#material;
    if (notAfter - now > warnBeforeMs || now - this.#warnedAt < warnEveryMs) return;
    this.#warnedAt = now;
    this.#options.report({ kind: "certificate-expiring", file: this.#options.paths.cert, notAfter });
  }
}

/** A certificate that is used now. */
export interface CertificateView {
  readonly file: string;
  /** Its alternative names. */
  readonly names: string;
  /** Unix milliseconds. */
  readonly notAfter: number;
}
