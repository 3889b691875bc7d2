import { type Command, Option } from "commander";
import {
  DiffRevisionsResponse,
  ListRevisionsResponse,
  type Revision,
  Revision_Result,
  RollbackConfigRequest,
  type RollbackConfigResponse,
} from "../../control/gen/vipward/v1/config_service.pb.ts";
import { addChangeOptions, type ChangeWords, changeWishOf } from "../change-options.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import { CliError, type Io } from "../io.ts";
import { addOutputOption, fittedRows, type OutputFormat, printMessage } from "../output.ts";
import type { TargetWords } from "../target-words.ts";
import { ago, length } from "../words.ts";
import { appliedText } from "./apply.ts";
import { differenceLine } from "./plan.ts";

interface Words extends TargetWords {
  readonly output: OutputFormat;
}

/** `vipward history`: the revisions, newest first. */
export function addHistoryCommand(program: Command, io: Io): void {
  const command = program
    .command("history")
    .description("show the revisions of the configuration, newest first")
    .addOption(new Option("-n, --lines <number>", "how many").default(20).argParser(lines));
  addOutputOption(addTargetOptions(command))
    .addHelpText("after", "\nExample:\n  vipward history -n 50")
    .action((words: Words & { readonly lines: number }) => history(words, io));
}

/** `vipward diff [FROM] [TO]`: what differs between two revisions. */
export function addDiffCommand(program: Command, io: Io): void {
  const command = program
    .command("diff")
    .description("show what differs between two revisions; unless given, between the one before and the one that runs")
    .argument("[from]", "the earlier revision")
    .argument("[to]", "the later revision");
  addOutputOption(addTargetOptions(command))
    .addHelpText("after", "\nExample:\n  vipward diff 41 43")
    .action((from: string | undefined, to: string | undefined, words: Words) => diff(from, to, words, io));
}

/** `vipward rollback REVISION`: applies the content of an earlier revision as a new one. */
export function addRollbackCommand(program: Command, io: Io): void {
  const command = program
    .command("rollback")
    .description("apply the content of an earlier revision as a new revision")
    .argument("<revision>", "the revision whose content is to run; 0 for the empty configuration");
  addOutputOption(addTargetOptions(addChangeOptions(command)))
    .addHelpText("after", '\nExample:\n  vipward rollback 41 --reason "web3 is not ready"')
    .action((given: string, words: Words & ChangeWords) => rollback(revision(given), words, io));
}

async function history(words: Words & { readonly lines: number }, io: Io): Promise<void> {
  const request = { pageSize: words.lines, pageToken: "" };
  const response = await withAgent(words, (clients) =>
    answerOf<ListRevisionsResponse>(clients, (callback) => clients.config.listRevisions(request, callback)),
  );
  if (words.output !== "table")
    return printMessage(io, words.output, {
      type: "vipward.v1.ListRevisionsResponse",
      codec: ListRevisionsResponse,
      value: response,
    });
  const rows = response.revisions.map((each) => revisionRow(each, io));
  io.out(
    rows.length === 0 ? "no configuration was ever applied\n" : `${fittedRows(columns, rows, io.width).join("\n")}\n`,
  );
}

const columns = ["Revision", "Result", "When", "Took", "Author", "Source", "Reason"];

function revisionRow({ number, result, createTime, duration, author, source, reason, failure }: Revision, io: Io) {
  const word = Revision_Result[result]?.replace("RESULT_", "").toLowerCase() ?? "unknown";
  const why = [reason, failure].filter((text) => text !== "").join(": ");
  return [String(number), word, `${ago(io.now(), createTime)} ago`, length(duration), author, source, why || "-"];
}

async function diff(from: string | undefined, to: string | undefined, words: Words, io: Io): Promise<void> {
  const request = {
    from: from === undefined ? undefined : revision(from),
    to: to === undefined ? undefined : revision(to),
  };
  const response = await withAgent(words, (clients) =>
    answerOf<DiffRevisionsResponse>(clients, (callback) => clients.config.diffRevisions(request, callback)),
  );
  if (words.output !== "table")
    return printMessage(io, words.output, {
      type: "vipward.v1.DiffRevisionsResponse",
      codec: DiffRevisionsResponse,
      value: response,
    });
  const { differences } = response;
  const names = `revision ${response.from?.number ?? 0} -> ${response.to?.number ?? 0}`;
  io.out(differences.length === 0 ? `${names}: the same content\n` : `${names}\n`);
  for (const difference of differences) io.out(`  ${differenceLine(difference)}\n`);
}

async function rollback(number: bigint, words: Words & ChangeWords, io: Io): Promise<void> {
  const { planHash: _, ...wish } = changeWishOf(words, io.author);
  const request = RollbackConfigRequest.create({ revision: number, ...wish });
  const { applied } = await withAgent(words, (clients) =>
    answerOf<RollbackConfigResponse>(clients, (callback) => clients.config.rollbackConfig(request, callback)),
  );
  if (applied !== undefined) io.out(appliedText(applied, words, io));
}

function revision(text: string): bigint {
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  throw new CliError(2, `${JSON.stringify(text)} is not a revision, expected a number that \`vipward history\` shows`);
}

function lines(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new CliError(2, `--lines ${JSON.stringify(text)} is not allowed, expected 1 to 999`);
}
