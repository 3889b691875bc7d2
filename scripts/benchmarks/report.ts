/**
 * Prints what was measured: per measure a table with minimum, median and maximum of both daemons, the ratio of the medians, and in words
 * what was wished for and what makes a row unfair.   report.ts FIGURES.jsonl
 */
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { general, type Remark, remarks } from "./fairness.ts";

interface Figure {
  readonly measure: string;
  readonly place: string;
  readonly kernel: string;
  readonly daemon: string;
  readonly case: string;
  readonly figure: string;
  /** null: it was waited for and did not happen. */
  readonly value: number | null;
  readonly unit: string;
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("expected the file of figures");
const figures = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line) as Figure);
console.log(
  `\n${cpus().length} processors, load ${loadavg()
    .map((l) => l.toFixed(1))
    .join(" ")} over the last 1, 5 and 15 minutes, of which about 1 is the measure`,
);
for (const [, ofMeasure] of grouped(figures, (f) => f.measure)) printMeasure(ofMeasure);
console.log(`\nWhat compares:\n${general.map((line) => `  ${line}`).join("\n")}`);

function printMeasure(all: readonly Figure[]): void {
  const [first] = all;
  if (first === undefined) return;
  console.log(`\n${first.measure} (${first.place}, Linux ${first.kernel})`);
  for (const [name, ofCase] of grouped(all, (f) => f.case)) {
    const head = ["", "keepalived min", "median", "max", "vipward min", "median", "max", "ratio", "n"];
    const rows = [...grouped(ofCase, (f) => f.figure)].map(([, same]) => row(same, all));
    printAligned(name, [head, ...rows.flat()]);
  }
}

/** The rows of one figure: one, and one more for the 99th percentile when there are enough values for one. */
function row(same: readonly Figure[], all: readonly Figure[]): string[][] {
  const [first] = same;
  if (first === undefined) return [];
  const remark = remarkOn(first);
  const own = values(same, "keepalived");
  const neighbour = all.filter((f) => f.case === remark.beside?.case && f.figure === remark.beside.figure);
  const theirs = own.length > 0 ? own : values(neighbour, "keepalived");
  const ours = values(same, "vipward");
  const label = `  ${first.figure}${first.unit ? `, ${first.unit}` : ""}`;
  const missing = same.filter((f) => f.value === null).map((f) => f.daemon);
  const words = [
    remark.wish && `wished: ${remark.wish}`,
    remark.unfair && `unfair: ${remark.unfair}`,
    remark.know,
    missing.length > 0 &&
      `did not happen: ${[...grouped(missing, (d) => d)].map(([d, l]) => `${d} ${l.length}x`).join(", ")}`,
  ].filter((text) => text);
  const rows = [
    [label, ...spread(theirs), ...spread(ours), ratio(theirs, ours), count(theirs, ours), words.join("; ")],
  ];
  if (ours.length >= 100 && !first.figure.startsWith("of it")) {
    const [p99] = ours.slice(Math.ceil(ours.length * 0.99) - 1);
    rows.push([`${label}, 99th percentile`, "", "", "", "", number(p99), "", "", "", ""]);
  }
  return rows;
}

/** What several remarks say about one figure: of each kind the first. */
function remarkOn(figure: Figure): Partial<Remark> {
  const fitting = remarks.filter(
    (r) =>
      r.measure === figure.measure && (r.case?.test(figure.case) ?? true) && (r.figure?.test(figure.figure) ?? true),
  );
  return Object.assign({}, ...fitting.toReversed());
}

function values(of: readonly Figure[], daemon: string): number[] {
  return of.flatMap((f) => (f.daemon === daemon && f.value !== null ? [f.value] : [])).sort((a, b) => a - b);
}

function median(sorted: readonly number[]): number | undefined {
  const middle = sorted[Math.floor(sorted.length / 2)];
  const below = sorted[Math.floor((sorted.length - 1) / 2)];
  return middle === undefined || below === undefined ? undefined : (middle + below) / 2;
}

function spread(sorted: readonly number[]): string[] {
  return sorted.length === 1 ? ["", number(sorted[0]), ""] : [sorted[0], median(sorted), sorted.at(-1)].map(number);
}

function ratio(theirs: readonly number[], ours: readonly number[]): string {
  const [a, b] = [median(theirs), median(ours)];
  return a === undefined || b === undefined || a === 0 ? "-" : (b / a).toFixed(b / a < 10 ? 2 : 0);
}

function count(theirs: readonly number[], ours: readonly number[]): string {
  const [a, b] = [theirs.length, ours.length];
  return a === b || b === 0 ? `${a}` : a === 0 ? `${b}` : `${a}/${b}`;
}

function number(value: number | undefined): string {
  if (value === undefined) return "-";
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number.isInteger(value) && Math.abs(value) < 1000 ? `${value}` : value.toFixed(Math.min(digits, 3));
}

/** The first and the last column to the left, numbers to the right. */
function printAligned(title: string, rows: readonly (readonly string[])[]): void {
  const columns = Math.max(...rows.map((r) => r.length));
  const widths = Array.from({ length: columns }, (_, c) => Math.max(...rows.map((r) => (r[c] ?? "").length)));
  const cell = (text: string, c: number) =>
    c === 0 || c === 9 ? text.padEnd(widths[c] ?? 0) : text.padStart(widths[c] ?? 0);
  if (title !== "") console.log(` ${title}`);
  for (const line of rows) console.log(line.map(cell).join("  ").trimEnd());
}

function grouped<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, by);
}
