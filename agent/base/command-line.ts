// Command lines as keepalived reads them: words between blanks, with quotes and backslashes as in a shell. It is no shell: nothing is
// expanded, no variable, no pattern, no pipe.

import { fail, ok, type Result } from "./result.ts";

/** The words of a command line, or what is wrong with it. */
export function splitCommandLine(text: string): Result<readonly string[], string> {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === "\\" && quote !== "'") {
      index += 1;
      if (index === text.length) return fail("ends with a backslash");
      word = (word ?? "") + text.charAt(index);
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (!/\s/.test(character)) word = (word ?? "") + character;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (quote !== "") return fail(`has a ${quote} that is never closed`);
  if (word !== undefined) words.push(word);
  return words.length === 0 ? fail("is empty") : ok(words);
}

/** A command line that is split into these words. */
export function joinCommandLine(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

function quoted(word: string): string {
  if (/^[^\s"'\\]+$/.test(word)) return word;
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
