// The answer to one request of an HTTP probe, read piece by piece and judged as early as it can be.

import type { HttpRequestModel } from "../../config/model.ts";
import { type HttpHead, readHead } from "../core/http-head.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";

/** Bodies longer than this fail the probe: 10 MiB. A check that reads more measures the network. */
export const longestBody = 10 * 1024 * 1024;

/** Collects one answer. The body is read to its end, as keepalived does, but kept nowhere: it is counted and digested. */
export class HttpAnswer {
  readonly #request: HttpRequestModel;
  readonly #digest: Bun.CryptoHasher | undefined;
  #start: Uint8Array = new Uint8Array(0);
  #head: HttpHead | undefined;
  #length = 0;

  constructor(request: HttpRequestModel) {
    this.#request = request;
    this.#digest = request.digest === undefined ? undefined : new Bun.CryptoHasher("md5");
  }

  /** What is still missing, for the message when time runs out. */
  get awaited(): string {
    return this.#head === undefined ? "answer" : "end of the answer";
  }

  /** Takes the next bytes; an outcome when nothing more has to be read. */
  take(bytes: Uint8Array): ProbeOutcome | undefined {
    if (this.#head !== undefined) return this.#takeBody(this.#head, bytes);
    this.#start = this.#start.length === 0 ? bytes : Buffer.concat([this.#start, bytes]);
    const head = readHead(this.#start);
    if (head === "incomplete") return undefined;
    if (head === "malformed") return failed(`answer is not HTTP: ${excerpt(this.#start)}`);
    this.#head = head;
    if (!isAccepted(head.status, this.#request))
      return failed(`status ${head.status}, expected ${acceptedText(this.#request)}`);
    return this.#takeBody(head, this.#start.subarray(head.bodyStart));
  }

  /** The connection ended: the outcome of what came until then. */
  end(): ProbeOutcome {
    if (this.#head === undefined)
      return failed(
        `connection closed ${this.#start.length === 0 ? "without an answer" : "in the middle of the answer"}`,
      );
    const { contentLength } = this.#head;
    if (contentLength !== undefined && this.#length < contentLength)
      return failed(`connection closed after ${this.#length} of ${contentLength} bytes`);
    return this.#judgeBody(this.#head);
  }

  #takeBody(head: HttpHead, bytes: Uint8Array): ProbeOutcome | undefined {
    const { contentLength } = head;
    const part = contentLength === undefined ? bytes : bytes.subarray(0, contentLength - this.#length);
    this.#length += part.length;
    if (this.#length > longestBody || (contentLength ?? 0) > longestBody)
      return failed(`body is longer than ${longestBody} bytes`);
    this.#digest?.update(part);
    return this.#length === contentLength ? this.#judgeBody(head) : undefined;
  }

  #judgeBody(head: HttpHead): ProbeOutcome {
    const digest = this.#digest?.digest("hex");
    if (digest !== this.#request.digest)
      return failed(`digest differs: ${digest}, expected ${this.#request.digest} (${this.#length} bytes)`);
    return { kind: "passed", detail: `status ${head.status}` };
  }
}

function failed(detail: string): ProbeOutcome {
  return { kind: "failed", detail };
}

function isAccepted(status: number, { statusCodes }: HttpRequestModel): boolean {
  return statusCodes.some(({ from, to }) => from <= status && status <= to);
}

function acceptedText({ statusCodes }: HttpRequestModel): string {
  return statusCodes.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}

/** The first bytes as a person may read them. */
function excerpt(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes.subarray(0, 32)).toString("latin1"));
}
