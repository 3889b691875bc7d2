import type { Command } from "commander";
import { type CheckerState, CheckerState_Verdict, type State } from "../../control/gen/vipward/v1/state.pb.ts";
import { CliError, type Io } from "../io.ts";
import { fittedRows, paint } from "../output.ts";
import { addViewCommand } from "../view-command.ts";
import { ago, length, until, verdictWord } from "../words.ts";

/** `vipward checkers`: what each checker says and saw last; with a name those of one server, with what they saw before. */
export function addCheckersCommand(program: Command, io: Io): void {
  addViewCommand(program, io, {
    name: "checkers",
    description: "show checkers: what each says, since when, and what its last probe saw",
    show: checkersText,
    showOne: checkersOf,
    field: "checkers",
  });
}

function checkersText({ checkers }: State, io: Io): string {
  if (checkers.length === 0) return "no checkers\n";
  const rows = checkers.map((checker) => row(checker, io));
  return `${fittedRows(columns, rows, io.width).join("\n")}\n`;
}

/** The checkers of one virtual server or real server, with the attempts that are remembered. */
function checkersOf({ checkers }: State, name: string, io: Io): string {
  const named = checkers.filter(({ id, virtualServer, realServer }) => [id, virtualServer, realServer].includes(name));
  if (named.length === 0)
    throw new CliError(
      1,
      `there are no checkers of ${JSON.stringify(name)}, expected a virtual server, a real server or a checker`,
    );
  return named.map((checker) => `${checkerLines(checker, io).join("\n")}\n`).join("");
}

function checkerLines(checker: CheckerState, io: Io): readonly string[] {
  const { virtualServer, realServer, probe, verdict, since, lastProbe, history, suspended } = checker;
  const { heldUntil, certificateNotAfter } = checker;
  const attempts = history.length > 0 ? history : lastProbe === undefined ? [] : [lastProbe];
  const state = `${verdictText(verdict, io)} since ${ago(io.now(), since)}${suspended ? ", suspended" : ""}${heldText(heldUntil, io)}${certificateText(certificateNotAfter, io)}`;
  return [
    `${virtualServer} -> ${realServer} ${probe}: ${state}`,
    ...attempts.map(
      ({ time, duration, passed, detail }) =>
        `    ${ago(io.now(), time)} ago, ${length(duration)}: ${paint(io, passed ? "good" : "bad", passed ? "passed" : "failed")}: ${detail}`,
    ),
  ];
}

function heldText(end: Date | undefined, io: Io): string {
  return end === undefined ? "" : `, kept out for another ${until(io.now(), end)} because it went down too often`;
}

function certificateText(end: Date | undefined, io: Io): string {
  if (end === undefined) return "";
  return end.getTime() < io.now() ? ", its certificate has ended" : `, its certificate ends in ${until(io.now(), end)}`;
}

const columns = [
  "VirtualServer",
  "RealServer",
  "Probe",
  "State",
  "Since",
  "Probes",
  "Failed",
  "InRow",
  "Last",
  "Took",
  "Saw",
];

function row(checker: CheckerState, io: Io): readonly string[] {
  const { lastProbe } = checker;
  return [
    checker.virtualServer,
    checker.realServer,
    checker.probe,
    verdictText(checker.verdict, io),
    ago(io.now(), checker.since),
    String(checker.probes),
    String(checker.failures),
    String(checker.consecutiveFailures),
    lastProbe === undefined ? "-" : ago(io.now(), lastProbe.time),
    length(lastProbe?.duration),
    lastProbe?.detail ?? "-",
  ];
}

function verdictText(verdict: CheckerState_Verdict, io: Io): string {
  const word = verdictWord(verdict);
  if (verdict === CheckerState_Verdict.VERDICT_UP) return paint(io, "good", word);
  return verdict === CheckerState_Verdict.VERDICT_DOWN ? paint(io, "bad", word) : word;
}
