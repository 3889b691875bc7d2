// The head of an HTTP response as far as a probe needs it (RFC 9112, sections 4 and 6.3): status and length of the body.

/** What the head says. Without `contentLength` the body ends with the connection. */
export interface HttpHead {
  readonly status: number;
  readonly contentLength: number | undefined;
  /** The body comes in chunks. */
  readonly isChunked: boolean;
  /** Where else to ask. */
  readonly location: string | undefined;
}

/** A head in bytes, and where the body begins in them. */
export interface ReadHead extends HttpHead {
  readonly bodyStart: number;
}

/** Longer heads are refused: 16 KiB, more than servers take of their clients. */
export const longestHead = 16_384;

const beginning = new TextEncoder().encode("HTTP/1.");

/** Reads a head from the beginning of an answer; "incomplete" asks for more bytes. Never throws. */
export function readHead(bytes: Uint8Array): ReadHead | "incomplete" | "malformed" {
  if (!beginning.every((byte, index) => index >= bytes.length || bytes[index] === byte)) return "malformed";
  const end = endOfHead(bytes.subarray(0, longestHead));
  if (end === undefined) return bytes.length < longestHead ? "incomplete" : "malformed";
  const text = latin1(bytes.subarray(0, end.head));
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r?$|\r?\n)/.exec(text)?.[1];
  if (status === undefined) return "malformed";
  const isChunked = hasBody(Number(status)) && /\r?\ntransfer-encoding:[^\n]*\bchunked[ \t]*(?:\r?\n|\r?$)/i.test(text);
  const contentLength = isChunked ? undefined : lengthIn(text, Number(status));
  const location = /\r?\nlocation:[ \t]*([^\r\n]*)/i.exec(text)?.[1]?.trim();
  return { status: Number(status), contentLength, isChunked, location, bodyStart: end.body };
}

/** Lines end with CR LF, or with LF alone from servers that are old (RFC 9112, section 2.2). */
function endOfHead(bytes: Uint8Array): { readonly head: number; readonly body: number } | undefined {
  for (let index = bytes.indexOf(10); index !== -1; index = bytes.indexOf(10, index + 1)) {
    if (bytes[index + 1] === 10) return { head: index, body: index + 2 };
    if (bytes[index + 1] === 13 && bytes[index + 2] === 10) return { head: index, body: index + 3 };
  }
  return undefined;
}

/** 1xx, 204 and 304 have no body, whatever they announce. */
function lengthIn(head: string, status: number): number | undefined {
  if (!hasBody(status)) return 0;
  const value = /\r?\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r?\n|\r?$)/i.exec(head)?.[1];
  return value === undefined ? undefined : Number(value);
}

function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 4096)) + (bytes.length > 4096 ? latin1(bytes.subarray(4096)) : "");
}
