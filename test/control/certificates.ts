// Certificates for tests, made by openssl: an authority, an agent, and clients with the names that a test wants.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The files of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** An authority in a folder of its own; dispose of it at the end. */
export class Authority implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "vipward-certificates-"));
  readonly ca = join(this.directory, "ca.crt");
  #serial = 0;

  constructor() {
    this.#openssl("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test", "-days", "2");
  }

  /** A certificate with these alternative names ("URI:spiffe://a/b", "IP:127.0.0.1"); none: without. Days below zero: it is over. */
  issue(names: string, days = 2): CertificateFiles {
    const name = `c${++this.#serial}`;
    this.#openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    writeFileSync(join(this.directory, "ext"), names === "" ? "" : `subjectAltName=${names}`);
    const authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", `${this.#serial}`];
    this.#openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      ...authority,
      "-days",
      `${days}`,
      "-extfile",
      "ext",
      "-out",
      `${name}.crt`,
    );
    return { cert: join(this.directory, `${name}.crt`), key: join(this.directory, `${name}.key`) };
  }

  read(path: string): Buffer {
    return readFileSync(path);
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }

  #openssl(...words: readonly string[]): void {
    execFileSync("openssl", words, { cwd: this.directory, stdio: "pipe" });
  }
}
