import type { Command } from "commander";
import { configOf } from "../../control/convert/config.ts";
import {
  type ConfigDifference,
  ConfigDifference_Change,
  type IpvsOperation,
  IpvsOperation_Kind,
  PlanConfigRequest,
  PlanConfigResponse,
  type VrrpEffect,
} from "../../control/gen/vipward/v1/config_service.pb.ts";
import { VrrpState } from "../../control/gen/vipward/v1/event.pb.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import { addConfigIdOption, expectConfiguration } from "../configuration-file.ts";
import type { Io } from "../io.ts";
import { addOutputOption, type OutputFormat, printMessage } from "../output.ts";
import type { TargetWords } from "../target-words.ts";
import { stateWord } from "../words.ts";

interface Words extends TargetWords {
  readonly output: OutputFormat;
  readonly configId?: string;
}

/** `vipward plan FILE`: what applying it would do to the live kernel. */
export function addPlanCommand(program: Command, io: Io): void {
  const command = program
    .command("plan")
    .description("show what applying a configuration would do to this director now, without doing it")
    .argument("<file>", "keepalived.conf, YAML or JSON; - for standard input");
  addOutputOption(addTargetOptions(addConfigIdOption(command)))
    .addHelpText("after", "\nExample:\n  vipward plan vipward.yaml")
    .action((file: string, words: Words) => plan(file, words, io));
}

async function plan(file: string, words: Words, io: Io): Promise<void> {
  const config = configOf(await expectConfiguration(file, io, words.configId));
  const response = await withAgent(words, (clients) =>
    answerOf<PlanConfigResponse>(clients, (callback) =>
      clients.config.planConfig(PlanConfigRequest.create({ config }), callback),
    ),
  );
  if (words.output === "table") io.out(planText(response));
  else
    printMessage(io, words.output, {
      type: "vipward.v1.PlanConfigResponse",
      codec: PlanConfigResponse,
      value: response,
    });
}

/** The plan for people: configuration, IPVS, VRRP, and the hash to apply exactly this. */
export function planText(response: PlanConfigResponse): string {
  const { baseRevision, planHash, operations, differences, vrrpEffects, omitted } = response;
  const warnings = section(
    "warnings",
    response.warnings.map(({ field, message }) => `${field}: ${message}`),
  );
  const parts = [
    section("configuration", differences.map(differenceLine)),
    section("ipvs", [...operations.map(operationLine), ...cutLine(response)]),
    section("checkers", checkersLine(response)),
    section("vrrp", vrrpEffects.map(effectLine)),
  ];
  const shown = parts.filter((part) => part !== "");
  if (shown.length === 0) return `${warnings}no change to revision ${baseRevision}\n`;
  const more = omitted === 0n ? "" : `and ${omitted} more: ${countsText(response)}\n`;
  return `${shown.join("")}${more}${warnings}plan ${planHash} on revision ${baseRevision}\n`;
}

function cutLine({ cutConnections }: PlanConfigResponse): string[] {
  return cutConnections === 0n
    ? []
    : [`! cuts ${cutConnections} established connections: apply --drain-removed waits for them`];
}

/** Nothing where all go on. */
function checkersLine({ checkerChanges }: PlanConfigResponse): string[] {
  const { kept = 0, started = 0, ended = 0 } = checkerChanges ?? {};
  if (started + ended === 0) return [];
  const parts = [
    [started, "begin anew"],
    [ended, "end"],
    [kept, "go on"],
  ] as const;
  return [parts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(", ")];
}

/** All there is, where not all of it is shown. */
function countsText({ operationCounts, differenceCount, vrrpEffectCount }: PlanConfigResponse): string {
  const { added = 0, updated = 0, removed = 0 } = operationCounts ?? {};
  const ipvs = `${added} added, ${updated} updated and ${removed} removed in ipvs`;
  return `${differenceCount} differences, ${ipvs}, ${vrrpEffectCount} VRRP instances, all in all`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** One difference: a sign, the field, and its values. */
export function differenceLine({ field, change, before, after }: ConfigDifference): string {
  switch (change) {
    case ConfigDifference_Change.CHANGE_ADDED:
      return `+ ${field}: ${after}`;
    case ConfigDifference_Change.CHANGE_REMOVED:
      return `- ${field}: ${before}`;
    default:
      return `~ ${field}: ${before} -> ${after}`;
  }
}

const signs: Readonly<Partial<Record<IpvsOperation_Kind, string>>> = {
  [IpvsOperation_Kind.KIND_ADD_SERVICE]: "+",
  [IpvsOperation_Kind.KIND_ADD_DESTINATION]: "+",
  [IpvsOperation_Kind.KIND_UPDATE_SERVICE]: "~",
  [IpvsOperation_Kind.KIND_UPDATE_DESTINATION]: "~",
  [IpvsOperation_Kind.KIND_REMOVE_SERVICE]: "-",
  [IpvsOperation_Kind.KIND_REMOVE_DESTINATION]: "-",
};

/** One operation on the kernel's table: a sign, the object, and its settings as ipvsadm's options. */
export function operationLine({ kind, service, destination, settings }: IpvsOperation): string {
  const object = destination === "" ? service : `${service} -> ${destination}`;
  return [signs[kind] ?? "?", object, settings].filter((part) => part !== "").join(" ");
}

function effectLine({ instance, state, addedAddresses, removedAddresses, explanation }: VrrpEffect): string {
  const now = state === VrrpState.VRRP_STATE_UNSPECIFIED ? "" : ` (${stateWord(state)})`;
  const addresses = [...addedAddresses.map((text) => `+${text}`), ...removedAddresses.map((text) => `-${text}`)];
  return `${instance}${now}: ${[explanation, ...addresses].join(" ")}`;
}
