// The answer to one request of an HTTP probe, read piece by piece and judged as early as it can be.

import type { HttpRequestModel } from "../../config/model.ts";
import { matchBody, matchJson } from "../core/body-match.ts";
import { ChunkedBody } from "../core/chunked-body.ts";
import { type HttpHead, readHead } from "../core/http-head.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { redirectCodes } from "../core/redirect.ts";

/** Bodies longer than this fail the probe: 10 MiB. A check that reads more measures the network. */
export const longestBody = 10 * 1024 * 1024;

/** A pattern is looked for in so much of a body: 1 MiB. */
const longestMatched = 1024 * 1024;

/** Collects one answer. The body is read to its end, as keepalived does, but kept nowhere: it is counted and digested. */
export class HttpAnswer {
  readonly #request: HttpRequestModel;
  readonly #digest: Bun.CryptoHasher | undefined;
  #start: Uint8Array = new Uint8Array(0);
  #head: HttpHead | undefined;
  #length = 0;
  #chunked: ChunkedBody | undefined;
  /** What is matched against: the beginning of the body, where anything is. */
  readonly #kept: Uint8Array[] | undefined;
  #keptLength = 0;

  constructor(request: HttpRequestModel) {
    this.#request = request;
    this.#digest = request.digest === undefined ? undefined : new Bun.CryptoHasher("md5");
    this.#kept = request.match === undefined && request.json.length === 0 ? undefined : [];
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
    return this.takeHead(head) ?? this.takeBody(this.#start.subarray(head.bodyStart));
  }

  /** Takes the head, which decides where its status is not the right one. */
  takeHead(head: HttpHead): ProbeOutcome | undefined {
    this.#head = this.#request.method === "HEAD" ? { ...head, contentLength: 0, isChunked: false } : head;
    if (this.#head.isChunked) this.#chunked = new ChunkedBody();
    return isAccepted(head.status, this.#request)
      ? undefined
      : failed(`status ${head.status}, expected ${acceptedText(this.#request)}`);
  }

  /** Where the answer sends the asker, unless its status is what is expected. */
  get redirect(): { readonly status: number; readonly location: string } | undefined {
    const { status, location } = this.#head ?? {};
    if (status === undefined || location === undefined || !redirectCodes.has(status)) return undefined;
    return isAccepted(status, this.#request) ? undefined : { status, location };
  }

  /** The connection ended before the answer said that it was whole. */
  cutOff(): ProbeOutcome {
    const isAnswered = this.#head !== undefined || this.#start.length > 0;
    return failed(`connection closed ${isAnswered ? "in the middle of the answer" : "without an answer"}`);
  }

  /** Takes the next bytes of the body. */
  takeBody(bytes: Uint8Array): ProbeOutcome | undefined {
    return this.#head === undefined ? failed("answer has a body without a head") : this.#takeBody(this.#head, bytes);
  }

  /** The connection ended: the outcome of what came until then. */
  end(): ProbeOutcome {
    if (this.#head === undefined || this.#chunked !== undefined) return this.cutOff();
    const { contentLength } = this.#head;
    if (contentLength !== undefined && this.#length < contentLength)
      return failed(`connection closed after ${this.#length} of ${contentLength} bytes`);
    return this.#judgeBody(this.#head);
  }

  #takeBody(head: HttpHead, bytes: Uint8Array): ProbeOutcome | undefined {
    if (this.#chunked !== undefined) return this.#takeChunks(this.#chunked, head, bytes);
    const { contentLength } = head;
    const part = contentLength === undefined ? bytes : bytes.subarray(0, contentLength - this.#length);
    if ((contentLength ?? 0) > longestBody) return tooLong;
    return this.#takePart(part) ?? (this.#length === contentLength ? this.#judgeBody(head) : undefined);
  }

  #takeChunks(chunked: ChunkedBody, head: HttpHead, bytes: Uint8Array): ProbeOutcome | undefined {
    const decoded = chunked.take(bytes);
    if (!decoded.ok) return failed(`answer ${decoded.error}`);
    for (const part of decoded.value.parts) {
      const outcome = this.#takePart(part);
      if (outcome !== undefined) return outcome;
    }
    return decoded.value.isComplete ? this.#judgeBody(head) : undefined;
  }

  #takePart(part: Uint8Array): ProbeOutcome | undefined {
    this.#length += part.length;
    if (this.#length > longestBody) return tooLong;
    this.#digest?.update(part);
    if (this.#kept !== undefined && this.#keptLength < longestMatched) {
      this.#kept.push(Uint8Array.from(part.subarray(0, longestMatched - this.#keptLength)));
      this.#keptLength += part.length;
    }
    return undefined;
  }

  #judgeBody(head: HttpHead): ProbeOutcome {
    const digest = this.#digest?.digest("hex");
    if (digest !== this.#request.digest)
      return failed(`digest differs: ${digest}, expected ${this.#request.digest} (${this.#length} bytes)`);
    const wrong = this.#kept && this.#matchBody(Buffer.concat(this.#kept));
    return wrong === undefined ? { kind: "passed", detail: `status ${head.status}` } : failed(wrong);
  }

  #matchBody(body: Buffer): string | undefined {
    const { match, json } = this.#request;
    const matched = match && matchBody(match, body.toString(match.flags.includes("u") ? "utf8" : "latin1"));
    if (matched?.ok === false) return matched.error;
    const compared = json.length === 0 ? undefined : matchJson(json, body.toString("utf8"));
    return compared?.ok === false ? compared.error : undefined;
  }
}

const tooLong = failed(`body is longer than ${longestBody} bytes`);

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
