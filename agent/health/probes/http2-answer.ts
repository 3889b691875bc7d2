// One request over HTTP/2 and its answer. What the answer says is judged as that of any other version.

import { headerBlock, readHeaderBlock } from "../core/header-block.ts";
import {
  connectionPreface,
  contentOf,
  type Frame,
  FrameReader,
  frameFlags,
  frameOf,
  frameTypes,
  joined,
} from "../core/http2-frames.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import type { HttpAnswer } from "./http-answer.ts";

/** What is to be sent, and the outcome once there is one. */
export interface Http2Progress {
  readonly reply: readonly Uint8Array[];
  readonly outcome: ProbeOutcome | undefined;
}

/** The only stream of a connection, from its request to the end of its answer. */
export class Http2Answer {
  readonly #answer: HttpAnswer;
  readonly #reader = new FrameReader();
  /** The pieces of a head that is not whole yet. */
  #head: Uint8Array[] = [];
  #headLength = 0;
  #hasHead = false;
  #isLast = false;

  constructor(answer: HttpAnswer) {
    this.#answer = answer;
  }

  /** The whole request: how the connection begins, the head, and the body. */
  request(fields: readonly (readonly [string, string])[], body: string | undefined): Uint8Array {
    const end = body === undefined ? frameFlags.endStream : 0;
    return joined([
      connectionPreface(),
      frameOf(frameTypes.headers, frameFlags.endHeaders | end, 1, headerBlock(fields)),
      ...(body === undefined ? [] : dataFrames(new TextEncoder().encode(body))),
    ]);
  }

  take(bytes: Uint8Array): Http2Progress {
    const taken = this.#reader.take(bytes);
    if (!taken.ok) return { reply: [], outcome: failed(taken.error) };
    const { reply, frames } = taken.value;
    for (const frame of frames) {
      const outcome = this.#takeFrame(frame);
      if (outcome !== undefined) return { reply, outcome };
    }
    return { reply, outcome: undefined };
  }

  #takeFrame(frame: Frame): ProbeOutcome | undefined {
    if (frame.type !== frameTypes.continuation && (frame.flags & frameFlags.endStream) !== 0) this.#isLast = true;
    switch (frame.type) {
      case frameTypes.reset:
        return { kind: "failed", detail: "request was refused (RST_STREAM)" };
      case frameTypes.headers:
      case frameTypes.continuation:
        this.#head.push(frame.type === frameTypes.headers ? contentOf(frame) : frame.payload);
        this.#headLength += frame.payload.length;
        if (this.#headLength > longestHead) return failed("has a head without an end");
        return (frame.flags & frameFlags.endHeaders) === 0 ? undefined : this.#takeHead();
      case frameTypes.data:
        return this.#answer.takeBody(contentOf(frame)) ?? this.#end();
      default:
        return undefined;
    }
  }

  /** A second head is what follows the body: it says nothing to a check. */
  #takeHead(): ProbeOutcome | undefined {
    const block = joined(this.#head);
    this.#head = [];
    if (this.#hasHead) return this.#end();
    const head = readHeaderBlock(block);
    if (!head.ok) return failed(head.error);
    if (head.value.status < 200) return undefined;
    this.#hasHead = true;
    return this.#answer.takeHead({ ...head.value, contentLength: undefined, isChunked: false }) ?? this.#end();
  }

  #end(): ProbeOutcome | undefined {
    return this.#isLast ? this.#answer.end() : undefined;
  }
}

/** A frame may have so much unless the server says otherwise. */
const longestPart = 16_384;
const longestHead = 65_536;

function dataFrames(content: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 0;
  do {
    const part = content.subarray(at, at + longestPart);
    at += part.length;
    frames.push(frameOf(frameTypes.data, at === content.length ? frameFlags.endStream : 0, 1, part));
  } while (at < content.length);
  return frames;
}

function failed(why: string): ProbeOutcome {
  return { kind: "failed", detail: `answer ${why}` };
}
