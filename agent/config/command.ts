import { fail, ok, type Result } from "../base/result.ts";

/**
 * Splits a command into the words that a program is given, as keepalived does: at white space, except within quotes, whose parts join what
 * stands beside them; a backslash takes the next character as it is. No shell is asked, so that nothing else has a meaning.
 */
export function splitCommand(text: string): Result<readonly string[], string> {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === "\\" && quote !== "'") {
      at += 1;
      if (at === text.length) return fail("ends with a backslash");
      word = (word ?? "") + text.charAt(at);
    } else if (letter === quote) quote = undefined;
    else if (quote === undefined && (letter === '"' || letter === "'")) {
      quote = letter;
      word ??= "";
    } else if (quote === undefined && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + letter;
  }
  if (quote !== undefined) return fail(`has no closing ${quote}`);
  if (word !== undefined) words.push(word);
  return words.length === 0 || words[0] === "" ? fail("names no program") : ok(words);
}

/** A command that is split into these words. */
export function joinCommand(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

function quoted(word: string): string {
  if (/^[^\s"'\\]+$/.test(word)) return word;
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
