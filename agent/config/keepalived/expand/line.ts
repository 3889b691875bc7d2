// A line while it is being expanded: its text, and of each piece of it where in the sources it was written.

/** A character of a source. */
export interface Origin {
  /** Which source; the configuration file itself is 0. */
  readonly source: number;
  readonly at: number;
}

/** A piece of a line, up to where the next one starts, and where it stands in its source. A piece that was put in for a reference stands
 * where the reference does. */
export interface Piece extends Origin {
  /** Its offset in the line. */
  readonly start: number;
  /** Whether each further character stands one further on in the source, too. */
  readonly literal: boolean;
}

/** A line in the making. */
export interface Line {
  readonly text: string;
  /** In order; none when the line is empty. */
  readonly pieces: readonly Piece[];
  /** Where the definition that it is part of was used. */
  readonly usedAt?: Origin;
}

/** A line as it stands in a source. */
export function plainLine(text: string, source: number, at: number): Line {
  return { text, pieces: [{ start: 0, source, at, literal: true }] };
}

/** Where a character of the line was written. */
export function originAt({ pieces }: Line, offset: number): Origin {
  const piece = pieces.findLast(({ start }) => start <= offset) ?? pieces[0];
  if (piece === undefined) return { source: 0, at: 0 };
  return { source: piece.source, at: piece.literal ? piece.at + offset - piece.start : piece.at };
}

/** A part of the line. */
export function cut(line: Line, from: number, to = line.text.length): Line {
  return { ...line, text: line.text.slice(from, to), pieces: piecesOf(line, from, to, 0) };
}

/** The line with a part of it replaced by a text that stands where that part did. */
export function replace(line: Line, from: number, to: number, value: string): Line {
  const put = { start: from, ...originAt(line, from), literal: false };
  return {
    ...line,
    text: line.text.slice(0, from) + value + line.text.slice(to),
    pieces: [
      ...piecesOf(line, 0, from, 0),
      ...(value === "" ? [] : [put]),
      ...piecesOf(line, to, line.text.length, from + value.length),
    ].filter(isNew),
  };
}

/** The second line after the first. */
export function join(first: Line, second: Line): Line {
  return {
    ...first,
    text: first.text + second.text,
    pieces: [...first.pieces, ...piecesOf(second, 0, second.text.length, first.text.length)],
  };
}

/** Pieces that were put in for one reference, one after the other, are one. */
function isNew(piece: Piece, index: number, pieces: readonly Piece[]): boolean {
  const before = pieces[index - 1];
  return piece.literal || before?.literal !== false || before.at !== piece.at || before.source !== piece.source;
}

/** The pieces of a part of a line that is to begin at `start`. */
function piecesOf({ text, pieces }: Line, from: number, to: number, start: number): Piece[] {
  const found: Piece[] = [];
  if (from >= to) return found;
  pieces.forEach((piece, index) => {
    const end = pieces[index + 1]?.start ?? text.length;
    if (end <= from || piece.start >= to) return;
    const skipped = Math.max(0, from - piece.start);
    const at = piece.literal ? piece.at + skipped : piece.at;
    found.push({ ...piece, start: piece.start + skipped - from + start, at });
  });
  return found;
}
