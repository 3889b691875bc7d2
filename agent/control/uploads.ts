// Uploads: configurations that are larger than one message come in pieces, with the hash of the whole last. They are kept in memory for a
// while under an id that requests give instead of a configuration.

import { CryptoHasher } from "bun";
import { fail, ok, type Result } from "../base/result.ts";
import type { Refusal } from "./words/refusal.ts";

/** How much one upload may have, and all of them together. */
export const largestUpload = 256 * 1024 * 1024;

/** How long an upload is kept. */
const keptMs = 600_000;

interface Upload {
  readonly bytes: Uint8Array;
  readonly expiresAt: number;
}

/** An upload that is going on. All that go on share one allowance. */
export class UploadInProgress {
  readonly #hasher = new CryptoHasher("sha256");
  readonly #chunks: Uint8Array[] = [];
  readonly #taken: { bytes: number };
  #size = 0;

  constructor(taken = { bytes: 0 }) {
    this.#taken = taken;
  }

  /** Takes the next piece; false when it is more than there may be. */
  add(chunk: Uint8Array): boolean {
    this.#size += chunk.length;
    this.#taken.bytes += chunk.length;
    if (this.#taken.bytes > largestUpload) return false;
    this.#hasher.update(chunk);
    this.#chunks.push(chunk);
    return true;
  }

  /** It goes on no longer, however it ended. */
  [Symbol.dispose](): void {
    this.#taken.bytes -= this.#size;
    this.#size = 0;
  }

  /** The whole. Refused when it is not what its sender says. */
  finish(sha256: string): Result<Uint8Array, Refusal> {
    const actual = this.#hasher.digest("hex");
    if (actual === sha256.toLowerCase()) return ok(Buffer.concat(this.#chunks));
    const message = `${this.#size} bytes with the hash ${actual} came, not ${sha256 === "" ? "a hash" : sha256}`;
    return fail({ kind: "invalid-argument", field: "sha256", message });
  }
}

/** Why a piece is not taken. */
export function uploadTooLarge(): Result<never, Refusal> {
  const message = `is more than ${largestUpload} bytes, with the other uploads that go on`;
  return fail({ kind: "invalid-argument", field: "chunk", message });
}

/** The uploads that requests may name. The oldest go when there are too many bytes. */
export class Uploads {
  readonly #wall: () => number;
  readonly #uploads = new Map<string, Upload>();
  readonly #taken = { bytes: 0 };

  constructor(wall: () => number) {
    this.#wall = wall;
  }

  /** Begins one. */
  begin(): UploadInProgress {
    return new UploadInProgress(this.#taken);
  }

  /** Keeps an upload and returns its id, which is its hash: the same content again is the same upload. */
  put(bytes: Uint8Array, sha256: string): string {
    const id = sha256.toLowerCase();
    this.#uploads.delete(id);
    this.#uploads.set(id, { bytes, expiresAt: this.#wall() + keptMs });
    this.#forgetOldest();
    return id;
  }

  /** The bytes of an upload. */
  get(id: string): Result<Uint8Array, Refusal> {
    this.#forgetOldest();
    const upload = this.#uploads.get(id);
    return upload === undefined ? fail({ kind: "upload-not-found", id }) : ok(upload.bytes);
  }

  #forgetOldest(): void {
    let total = [...this.#uploads.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (const [id, { bytes, expiresAt }] of this.#uploads) {
      if (this.#wall() < expiresAt && total <= largestUpload) continue;
      this.#uploads.delete(id);
      total -= bytes.length;
    }
  }
}
