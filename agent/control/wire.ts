// What the generated code reads and writes messages with: the library's reader and writer, but for texts, of which a large configuration has tens
// of thousands. The library makes a list of character codes for each; here the runtime decodes them where they lie.

import { BinaryReader as LibraryReader } from "@bufbuild/protobuf/wire";

export { BinaryWriter } from "@bufbuild/protobuf/wire";

/** Reads messages. What is no UTF-8 becomes U+FFFD, as in the library. */
export class BinaryReader extends LibraryReader {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  override string(): string {
    const length = this.uint32();
    const start = this.pos;
    this.pos += length;
    if (this.pos > this.len) throw new RangeError("premature EOF");
    return this.#bytes.toString("utf8", start, this.pos);
  }
}
