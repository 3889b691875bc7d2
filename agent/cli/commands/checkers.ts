import type { Command } from "commander";
import { type CheckerState, CheckerState_Verdict, type State } from "../../control/gen/vipward/v1/state.pb.ts";
import type { Io } from "../io.ts";
import { fittedRows, paint } from "../output.ts";
import { addViewCommand } from "../view-command.ts";
import { ago, length, verdictWord } from "../words.ts";

/** `vipward checkers`: what each checker says and saw last. */
export function addCheckersCommand(program: Command, io: Io): void {
  addViewCommand(program, io, {
    name: "checkers",
    description: "show checkers: what each says, since when, and what its last probe saw",
    show: checkersText,
    field: "checkers",
  });
}

function checkersText({ checkers }: State, io: Io): string {
  if (checkers.length === 0) return "no checkers\n";
  const rows = checkers.map((checker) => row(checker, io));
  return `${fittedRows(columns, rows, io.width).join("\n")}\n`;
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
