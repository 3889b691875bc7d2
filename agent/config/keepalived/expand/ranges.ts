// `~SEQ`, `~SEQx` and `~LST`: the rest of the line, once for each value.

import { fail, ok, type Result } from "../../../base/result.ts";

/** What a line is repeated for. */
export interface Repetition {
  /** Where the rest of the line begins. */
  readonly rest: number;
  /** What is defined for each time, by name. */
  readonly rounds: Iterable<ReadonlyMap<string, string>>;
}

/** What is wrong with one, in the words of a report. */
export interface RangeProblem {
  readonly message: string;
  readonly expected: string;
}

/** Whether a line is repeated. */
export function beginsRange(text: string): boolean {
  return /^\s*~(SEQx?|LST)\s*\(/.test(text);
}

/** Reads the range at the beginning of a line whose references in it are replaced already. */
export function readRange(text: string): Result<Repetition, RangeProblem> {
  const head = /^\s*~(SEQx?|LST)\s*\(/.exec(text);
  const kind = head?.[1];
  if (head === null || kind === undefined) return wrong("this is no range", sequenceForm);
  const form = kind === "LST" ? listForm : sequenceForm;
  const close = text.indexOf(")", head[0].length);
  if (close === -1) return wrong(`~${kind} has no closing )`, form);
  const inside = text.slice(head[0].length, close);
  const rounds = kind === "LST" ? listRounds(inside) : sequenceRounds(inside, kind === "SEQx");
  return rounds.ok ? ok({ rest: close + 1, rounds: rounds.value }) : rounds;
}

const sequenceForm = "~SEQ(NAME, START, STEP, END), where START and STEP may be left out";
const listForm = "~LST(NAME, VALUE, …) or ~LST({NAME, …}, {VALUE, …}, …)";

type Rounds = Result<Iterable<ReadonlyMap<string, string>>, RangeProblem>;

/** The start is 1, or -1 when the end is below zero; the step is 1, or -1 when the end is below the start. */
function sequenceRounds(inside: string, hexadecimal: boolean): Rounds {
  const [name = "", ...words] = inside.split(",").map((word) => word.trim());
  if (!isName(name)) return wrong(`${JSON.stringify(name)} is no name`, sequenceForm);
  const numbers = words.map(wholeNumber);
  const bad = numbers.indexOf(undefined);
  if (bad !== -1) return wrong(`${JSON.stringify(words[bad])} is not a whole number`, sequenceForm);
  if (numbers.length < 1 || numbers.length > 3)
    return wrong("~SEQ takes a name and one to three numbers", sequenceForm);
  const end = numbers.at(-1) ?? 0;
  const start = (numbers.length > 1 ? numbers[0] : undefined) ?? (end < 0 ? -1 : 1);
  const step = (numbers.length > 2 ? numbers[1] : undefined) ?? (end < start ? -1 : 1);
  if (step === 0) return wrong("a step of 0 never ends", sequenceForm);
  if (start !== end && step > 0 !== end > start)
    return wrong(`steps of ${step} never lead from ${start} to ${end}`, sequenceForm);
  if (hexadecimal && Math.min(start, end) < 0) return wrong("~SEQx is for positive numbers only", sequenceForm);
  return ok(numbersFrom(name, { start, step, end, radix: hexadecimal ? 16 : 10 }));
}

interface Sequence {
  readonly start: number;
  readonly step: number;
  readonly end: number;
  readonly radix: number;
}

function* numbersFrom(name: string, { start, step, end, radix }: Sequence): Iterable<ReadonlyMap<string, string>> {
  for (let value = start; step > 0 ? value <= end : value >= end; value += step)
    yield new Map([[name, value.toString(radix)]]);
}

/** As C reads them: 0x before hexadecimal digits, 0 before octal ones. */
function wholeNumber(word: string): number | undefined {
  const [, sign = "", digits = ""] = /^([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.exec(word) ?? [];
  if (digits === "") return undefined;
  const radix = /^0x/i.test(digits) ? 16 : digits.startsWith("0") ? 8 : 10;
  const value = Number.parseInt(digits.replace(/^0x/i, ""), radix);
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === "-" && value !== 0 ? -value : value;
}

function listRounds(inside: string): Rounds {
  const elements = splitList(inside);
  if (elements === undefined) return wrong("a { of this ~LST is never closed", listForm);
  const [names = [], ...values] = elements;
  const bad = names.find((name) => !isName(name));
  if (bad !== undefined || names.length === 0) return wrong(`${JSON.stringify(bad ?? "")} is no name`, listForm);
  if (values.length === 0) return wrong("~LST has no values", listForm);
  const long = values.find((value) => value.length > names.length);
  if (long !== undefined) return wrong(`{${long.join(", ")}} has more values than there are names`, listForm);
  const blank = values.flat().find((value) => /\s/.test(value));
  if (blank !== undefined) return wrong(`${JSON.stringify(blank)} has a blank in it`, listForm);
  return ok(values.map((value) => new Map(names.map((name, index) => [name, value[index] ?? ""]))));
}

/** The elements between commas; one in braces is several. */
function splitList(inside: string): string[][] | undefined {
  const elements: string[][] = [];
  let rest = inside.trim();
  for (;;) {
    const found = /^(?:\{([^{}]*)\}|([^,{}]*))\s*(,|$)/.exec(rest);
    if (found === null) return undefined;
    const [whole, group, single = ""] = found;
    elements.push(group === undefined ? [single.trim()] : group.split(",").map((word) => word.trim()));
    if (!whole.endsWith(",")) return elements;
    rest = rest.slice(whole.length).trimStart();
  }
}

function isName(word: string): boolean {
  return /^[A-Za-z_]\w*$/.test(word);
}

function wrong(message: string, expected: string): Result<never, RangeProblem> {
  return fail({ message, expected });
}
