/** Collects what a server says line by line; no line may be longer than this many bytes. */
const longestLine = 8192;

/** Lines of an answer. */
export class Lines {
  #rest = "";

  /** The lines that are complete now, without their ends; "too long" when the server goes on without one. */
  take(bytes: Uint8Array): readonly string[] | "too long" {
    const parts = (this.#rest + Buffer.from(bytes).toString("latin1")).split("\n");
    this.#rest = parts.pop() ?? "";
    if (this.#rest.length > longestLine) return "too long";
    return parts.map((line) => line.replace(/\r$/, ""));
  }

  /** What came after the last line. */
  get rest(): string {
    return this.#rest;
  }
}
