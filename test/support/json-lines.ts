// What a program that writes JSON, one value a line, has said so far.

/** The values of an output's whole lines. Its last line may be half written, and lines of other kinds are passed over. */
export function jsonLines<Value>(output: string): readonly Value[] {
  return output
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith("{"))
    .map((line): Value => JSON.parse(line));
}
