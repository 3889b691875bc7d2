// The commands that show state: one snapshot, as a table or as data, once or again and again.

import type { Command } from "commander";
import { Option } from "commander";
import { State } from "../control/gen/vipward/v1/state.pb.ts";
import { type AgentClients, addTargetOptions, withAgent } from "./client.ts";
import { CliError, type Io } from "./io.ts";
import { addOutputOption, type OutputFormat, plainMessage, printPlain } from "./output.ts";
import { readState } from "./snapshot.ts";
import type { TargetWords } from "./target-words.ts";

/** A command that shows a part of the state. */
export interface ViewCommand {
  readonly name: string;
  readonly description: string;
  /** The picture for people. */
  readonly show: (state: State, io: Io) => string;
  /** The picture of one object, for a command that takes its name. */
  readonly showOne?: (state: State, name: string, io: Io) => string;
  /** Other pictures for people, each behind a flag. */
  readonly pictures?: readonly {
    readonly flag: string;
    readonly description: string;
    readonly show: (state: State, io: Io) => string;
  }[];
  /** The field of the state that programs get; all of it unless given. */
  readonly field?: "vrrp_instances" | "virtual_servers" | "checkers";
}

interface Words extends TargetWords {
  readonly output: OutputFormat;
  readonly watch?: boolean;
  readonly interval: number;
}

/** Adds such a command to the program. */
export function addViewCommand(program: Command, io: Io, view: ViewCommand): void {
  const command = program.command(view.name).description(view.description);
  if (view.showOne !== undefined) command.argument("[name]", "only this one, with everything that is known of it");
  for (const { flag, description } of view.pictures ?? []) command.option(`--${flag}`, description);
  addOutputOption(addTargetOptions(command))
    .option("-w, --watch", "show it again and again until interrupted")
    .addOption(new Option("--interval <seconds>", "how often, with --watch").default(1).argParser(seconds))
    .addHelpText("after", `\nExample:\n  vipward ${view.name} --watch`)
    .action((...given: unknown[]) => {
      const [name, words] = view.showOne === undefined ? [undefined, given[0]] : given;
      const picture = pictureOf(chosen(view, words as Record<string, unknown>), name as string | undefined);
      return withAgent(words as Words, (clients) => showUntilDone(clients, io, picture, words as Words));
    });
}

/** The picture that a flag asks for. */
function chosen(view: ViewCommand, words: Readonly<Record<string, unknown>>): ViewCommand {
  const picture = view.pictures?.find(({ flag }) => words[flag] === true);
  return picture === undefined ? view : { ...view, show: picture.show };
}

/** The command for one object, when it is named. */
function pictureOf(view: ViewCommand, name: string | undefined): ViewCommand {
  const { showOne } = view;
  return name === undefined || showOne === undefined
    ? view
    : { ...view, show: (state, io) => showOne(state, name, io) };
}

async function showUntilDone(clients: AgentClients, io: Io, view: ViewCommand, words: Words): Promise<void> {
  do {
    const picture = render(await readState(clients), io, view, words.output);
    io.out(words.watch && io.terminal ? `\x1b[H\x1b[2J${picture}` : picture);
  } while (words.watch && (await io.nextPicture(words.interval * 1000)));
}

function render(state: State, io: Io, view: ViewCommand, output: OutputFormat): string {
  if (output === "table") return view.show(state, io);
  const plain = plainMessage({ type: "vipward.v1.State", codec: State, value: state }) as Record<string, unknown>;
  let text = "";
  printPlain({ ...io, out: (part) => (text += part) }, output, view.field === undefined ? plain : plain[view.field]);
  return text;
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 3600) return value;
  throw new CliError(2, `--interval ${JSON.stringify(text)} is not allowed, expected 0.1 to 3600 seconds`);
}
