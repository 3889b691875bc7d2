import { schedulers } from "../schema/virtual-server.ts";
import type { Word } from "./parser.ts";

/** A keyword and the value that was written without a blank after it. */
export interface Split {
  readonly keyword: Word;
  readonly rest: Word;
}

/** Splits "lb_algowlc", "protocolTCP", "weight1", "vrrp_instance_VI_1" into a known keyword and a value; undefined when the
 * word is not made that way. */
export function splitGlued(word: Word, known: readonly string[]): Split | undefined {
  const keyword = known.filter((candidate) => word.text.startsWith(candidate)).sort((a, b) => b.length - a.length)[0];
  if (keyword === undefined) return undefined;
  const tail = word.text.slice(keyword.length);
  const value = tail.replace(/^_/, "");
  if (!looksLikeValue(tail, value) || /^[A-Z_]+$/.test(keyword)) return undefined;
  return {
    keyword: { text: keyword, at: word.at },
    rest: { text: value, at: word.at + word.text.length - value.length },
  };
}

/** A misspelled keyword goes on with small letters; a value has a digit or a capital, or is a scheduler. (Keywords in capitals have no values:
 * TCP_CHECKS is a misspelling.) */
function looksLikeValue(tail: string, value: string): boolean {
  if (value === "") return false;
  return /[0-9A-Z]/.test(value) || (schedulers as readonly string[]).includes(tail);
}
