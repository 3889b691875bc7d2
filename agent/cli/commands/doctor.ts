import type { Command } from "commander";
import { DoctorResponse, type Finding, Finding_Severity } from "../../control/gen/vipward/v1/doctor.pb.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import { CliError, type Io } from "../io.ts";
import { addOutputOption, type OutputFormat, paint, printMessage } from "../output.ts";
import type { TargetWords } from "../target-words.ts";
import { count, lastWord } from "../words.ts";

interface Words extends TargetWords {
  readonly output: OutputFormat;
}

/** `vipward doctor`: what is wrong with the host, and what to do about it. */
export function addDoctorCommand(program: Command, io: Io): void {
  const command = program
    .command("doctor")
    .description(
      "look at the host: kernel, settings, rights, clock, disk, certificates, addresses and services of others",
    );
  addTargetOptions(addOutputOption(command))
    .addHelpText("after", "\nExample:\n  vipward doctor")
    .action((words: Words) =>
      withAgent(words, async (clients) => {
        const response = await answerOf<DoctorResponse>(clients, (callback) => clients.agent.doctor({}, callback));
        if (words.output === "table") io.out(findingsText(response, io));
        else
          printMessage(io, words.output, { type: "vipward.v1.DoctorResponse", codec: DoctorResponse, value: response });
        const errors = response.findings.filter(({ severity }) => severity === Finding_Severity.SEVERITY_ERROR);
        if (errors.length > 0) throw new CliError(1, `${count(errors.length, "error")} found`);
      }),
    );
}

function findingsText({ findings, checks }: DoctorResponse, io: Io): string {
  const looked = `${count(checks.length, "check")}, ${count(findings.length, "finding")}\n`;
  return `${findings.map((finding) => findingText(finding, io)).join("")}${looked}`;
}

function findingText({ severity, check, subject, problem, remedy }: Finding, io: Io): string {
  const word = lastWord(Finding_Severity[severity], "SEVERITY_");
  const shown = severity === Finding_Severity.SEVERITY_ERROR ? paint(io, "bad", word) : word;
  return `${shown} ${check}: ${subject} ${problem}\n  ${remedy}\n`;
}
