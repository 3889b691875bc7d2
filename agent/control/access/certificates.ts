// The certificates that the API over TCP shows and asks for, for those who look after them. Without TCP there are none.

import type { TlsEndpoint } from "./tls-endpoint.ts";

/** A certificate that is used now. */
export interface CertificateView {
  readonly file: string;
  /** Its alternative names. */
  readonly names: string;
  /** Unix milliseconds. */
  readonly notAfter: number;
}

/** The certificates of one agent. */
export class Certificates {
  #endpoint: TlsEndpoint | undefined;

  /** From now on this endpoint is served. */
  serve(endpoint: TlsEndpoint): void {
    this.#endpoint = endpoint;
  }

  /** What is used now. */
  list(): readonly CertificateView[] {
    return this.#endpoint === undefined ? [] : [this.#endpoint.view];
  }
}
