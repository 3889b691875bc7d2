// A body in chunks (RFC 9112, section 7.1), piece by piece as it comes.

import { fail, ok, type Result } from "../../base/result.ts";

/** What is decoded, and whether that was all. */
export interface Decoded {
  readonly parts: readonly Uint8Array[];
  readonly isComplete: boolean;
}

const longestLine = 1024;

/** Takes chunks apart. Extensions and trailers mean nothing to a check. */
export class ChunkedBody {
  #line = "";
  /** Bytes of the present chunk that are to come; "size" and "end" while its lines are read. */
  #left: number | "size" | "end" | "trailer" = "size";

  take(bytes: Uint8Array): Result<Decoded, string> {
    const parts: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (typeof this.#left === "number") {
        const part = bytes.subarray(at, at + this.#left);
        parts.push(part);
        at += part.length;
        this.#left = part.length === this.#left ? "end" : this.#left - part.length;
        continue;
      }
      const end = bytes.indexOf(10, at);
      this.#line += String.fromCharCode(
        ...bytes.subarray(at, end < 0 ? Math.min(bytes.length, at + longestLine + 1) : end),
      );
      if (this.#line.length > longestLine) return fail("has a line of a chunk without an end");
      if (end < 0) return ok({ parts, isComplete: false });
      at = end + 1;
      const line = this.#line.replace(/\r$/, "");
      this.#line = "";
      if (this.#left === "trailer") {
        if (line === "") return ok({ parts, isComplete: true });
      } else if (this.#left === "end") {
        if (line !== "") return fail("has a chunk that is longer than it says");
        this.#left = "size";
      } else {
        const size = /^([0-9a-f]{1,8})[ \t]*(;|$)/i.exec(line)?.[1];
        if (size === undefined) return fail("has a chunk without a size");
        const length = Number.parseInt(size, 16);
        this.#left = length === 0 ? "trailer" : length;
      }
    }
    return ok({ parts, isComplete: false });
  }
}
