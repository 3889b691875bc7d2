// Numbers in the words of a command line.

import { CliError } from "./io.ts";

/** Reads the value of an option that is a whole number from 0 to `largest`. */
export function wholeNumber(option: string, largest: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number <= largest) return number;
    throw new CliError(2, `${option} ${JSON.stringify(text)} is not allowed, expected 0 to ${largest}`);
  };
}
