// The expanded text in the making, and the way back: from an offset in it to the place in the file where it was written.

import type { Expansion, Place } from "../../issue.ts";
import { type PlaceAt, placesOf } from "../../places.ts";
import type { SourceText } from "../../source.ts";
import type { Line, Origin } from "./line.ts";

/** The lines so far. A piece is four numbers, since a range can repeat a line a hundred thousand times. */
export class ExpandedText {
  readonly sources: SourceText[] = [];
  readonly #parts: string[] = [];
  readonly #starts: number[] = [];
  readonly #origins: Origin[] = [];
  readonly #literal: boolean[] = [];
  /** Lines that are not as they were written: where they start, and where the definition that they come from was used. */
  readonly #changed: number[] = [];
  readonly #usedAt: (Origin | undefined)[] = [];
  length = 0;

  /** Adds a file; its number is that of its lines. */
  addSource(source: SourceText): number {
    return this.sources.push(source) - 1;
  }

  /** Adds lines as they stand in a file. */
  addText(text: string, origin: Origin): void {
    if (!this.#goesOnAt(origin)) this.#addPiece(this.length, origin, true);
    this.#append(text);
  }

  /** Whether a place is the next one of the last piece. */
  #goesOnAt({ source, at }: Origin): boolean {
    const last = this.#origins.at(-1);
    if (last === undefined || !this.#literal.at(-1)) return false;
    return last.source === source && last.at + this.length - (this.#starts.at(-1) ?? 0) === at;
  }

  /** Adds a line that was made of others. */
  addLine(line: Line): void {
    this.#changed.push(this.length);
    this.#usedAt.push(line.usedAt);
    for (const piece of line.pieces) this.#addPiece(this.length + piece.start, piece, piece.literal);
    this.#append(`${line.text}\n`);
  }

  /** All of it. */
  text(): string {
    return this.#parts.join("");
  }

  /** The way back, for the text of this moment. */
  places(): PlaceAt {
    const text = this.text();
    const inSource = this.sources.map((source) => placesOf(source.text, source.file));
    const placeOf = ({ source, at }: Origin): Place => inSource[source]?.(at) ?? { file: "", line: 1, column: 1 };
    return (offset) => {
      const index = lastUpTo(this.#starts, offset);
      const origin = this.#origins[index] ?? { source: 0, at: 0 };
      const skipped = this.#literal[index] ? offset - (this.#starts[index] ?? 0) : 0;
      const place = placeOf({ ...origin, at: origin.at + skipped });
      const expansion = this.#expansionAt(text, offset, placeOf);
      return expansion === undefined ? place : { ...place, expansion };
    };
  }

  #expansionAt(text: string, offset: number, placeOf: (origin: Origin) => Place): Expansion | undefined {
    const start = text.lastIndexOf("\n", offset - 1) + 1;
    const index = lastUpTo(this.#changed, start);
    if (this.#changed[index] !== start) return undefined;
    const end = text.indexOf("\n", start);
    const usedAt = this.#usedAt[index];
    return {
      text: text.slice(start, end === -1 ? undefined : end),
      column: offset - start + 1,
      ...(usedAt !== undefined && { usedAt: placeOf(usedAt) }),
    };
  }

  #addPiece(start: number, { source, at }: Origin, literal: boolean): void {
    this.#starts.push(start);
    this.#origins.push({ source, at });
    this.#literal.push(literal);
  }

  #append(text: string): void {
    this.#parts.push(text);
    this.length += text.length;
  }
}

/** The index of the last number that is at most this one; -1 when there is none. */
function lastUpTo(numbers: readonly number[], wanted: number): number {
  let low = -1;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((numbers[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
