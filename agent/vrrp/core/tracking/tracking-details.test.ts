import { describe, expect, test } from "bun:test";
import { milliseconds } from "../../../base/duration.ts";
import { fileNumber } from "../../../base/file-number.ts";
import type { TrackedProcessModel } from "../../../config/model.ts";
import { hasQuorum, isTracked } from "./tracking-process.ts";
import { initialScriptState, stepScript } from "./tracking-script.ts";

describe("a script counts", () => {
  /** "+" is a success, "-" a failure; what it counts as after each. */
  const counts = (ends: string, limits: { rise: number; fall: number; initiallyFailed?: boolean }) => {
    let state = initialScriptState({ initiallyFailed: limits.initiallyFailed ?? false });
    return [...ends]
      .map((end) => {
        state = stepScript(state, end === "+", limits);
        return state.counts === "up" ? "u" : "d";
      })
      .join("");
  };
  test.each([
    ["as its first end says", "-", { rise: 3, fall: 3 }, "d"],
    ["as down after three failures in a row", "+--+---", { rise: 1, fall: 3 }, "uuuuuud"],
    ["as up after two successes in a row", "-+-++", { rise: 2, fall: 1 }, "ddddu"],
    ["as down until it has risen, with init_fail", "++", { rise: 2, fall: 1, initiallyFailed: true }, "du"],
  ])("%s", (_, ends, limits, expected) => expect(counts(ends, limits)).toBe(expected));
});

describe("a tracked process", () => {
  const model = (other: Partial<TrackedProcessModel> = {}): TrackedProcessModel => ({
    name: "one",
    process: "haproxy",
    fullCommand: false,
    parameters: undefined,
    quorum: 1,
    quorumMax: undefined,
    forkDelay: milliseconds(0),
    terminateDelay: milliseconds(0),
    ...other,
  });
  const running = { name: "haproxy", args: ["/usr/sbin/haproxy", "-f", "web.cfg"] };
  const list = (match: "exact" | "partial" | "initial", ...words: string[]) =>
    model({ parameters: { match, list: words } });
  test.each([
    ["by its name", model(), true],
    ["by a name that the kernel cuts", model({ process: "haproxy-worker-one" }), false],
    ["by what it was started as", model({ process: "/usr/sbin/haproxy", fullCommand: true }), true],
    ["not by its name when what it was started as counts", model({ fullCommand: true }), false],
    ["with exactly these parameters", list("exact", "-f", "web.cfg"), true],
    ["not with one more", list("exact", "-f"), false],
    ["with these parameters first", list("partial", "-f"), true],
    ["with a last parameter that goes on", list("initial", "-f", "web"), true],
    ["not with another last parameter", list("initial", "-f", "mail"), false],
    ["without parameters when that is asked for", list("exact"), false],
  ] as const)("is known %s", (_, tracked, expected) => expect(isTracked(tracked, running)).toBe(expected));

  test("has its quorum from the least to the most", () => {
    const counts = [0, 1, 2, 3, 4].map((count) => hasQuorum(model({ quorum: 2, quorumMax: 3 }), count));
    expect(counts).toEqual([false, false, true, true, false]);
  });
});

test.each([
  ["5\n", 5],
  ["-12", -12],
  [" +7 and more", 7],
  ["", 0],
  ["many", 0],
  ["99999999999999", 2_147_483_647],
])("a file that says %p counts %p", (text, value) => expect(fileNumber(text)).toBe(value));
