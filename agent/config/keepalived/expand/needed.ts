/** Whether anything in a text may have to be expanded. Most files use none of it: they are scanned as they are, and this answer must cost
 * next to nothing. */
export function needsExpansion(text: string): boolean {
  return (
    text.includes("$") ||
    text.includes("~SEQ") ||
    text.includes("~LST") ||
    beginsLine(text, "@") ||
    beginsLine(text, "include")
  );
}

/** Whether a line begins with the word, blanks in front aside. */
function beginsLine(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const before = text.slice(text.lastIndexOf("\n", at) + 1, at);
    if (/^[\s\ufeff]*$/.test(before)) return true;
  }
  return false;
}
