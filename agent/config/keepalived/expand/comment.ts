// Quotes and comments of a line, as far as they have to be known before it is scanned.

/** Where a comment begins in a line: at a `#` or `!` outside quotes and not behind a backslash; the line's end when there is none. */
export function commentStart(text: string): number {
  for (let at = 0; at < text.length; at = next(text, at)) if (text[at] === "#" || text[at] === "!") return at;
  return text.length;
}

/** Whether a character stands in quotes. */
export function isQuoted(text: string, offset: number): boolean {
  for (let at = 0; at <= offset; ) {
    const after = next(text, at);
    if (after > offset) return after - at > 2;
    at = after;
  }
  return false;
}

/** The offset behind a character, an escape, or all that is in quotes. An apostrophe that no other follows is a character. */
function next(text: string, at: number): number {
  const character = text[at];
  if (character === "\\") return at + 2;
  return character === '"' || character === "'" ? endOfQuoted(text, at, character) + 1 : at + 1;
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote) return at;
  }
  return start;
}
