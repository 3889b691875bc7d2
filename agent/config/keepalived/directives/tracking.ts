import { atLeastOne, numberOr, tellTaken } from "../corrections.ts";
import {
  type Block,
  bareFlag,
  choice,
  type Directive,
  number,
  numberOf,
  takeArguments,
  tellIgnored,
  text,
  withoutSlashComment,
} from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember, setField } from "../draft.ts";
import type { Statement, Word } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { accountsOf, openingFile } from "./program.ts";

/** `vrrp_script NAME { … }` */
export const vrrpScript = named("trackedScripts", () => scriptBlock);

/** `vrrp_track_process NAME { … }` */
export const vrrpTrackProcess = named("trackedProcesses", () => processBlock);

/** `track_file NAME { … }`, formerly `vrrp_track_file`. */
export const trackFile = named("trackedFiles", () => fileBlock);

/** `interface_up_down_delays { INTERFACE DOWN [UP] … }`, one interface a line. */
export const interfaceUpDownDelays: Directive = (statement, document, run) => {
  for (const line of linesOf(statement, run)) {
    const delay: Draft = { interface: line.text };
    addElement(run, document, "interfaceDelays", delay, line);
    const [down, up] = takeArguments(line, run, 1, 2);
    if (down !== undefined) setField(run, delay, "down", down.text, down);
    if (up !== undefined) setField(run, delay, "up", up.text, up);
  }
};

/** The blocks of an instance or a sync group about what it follows. */
export const trackDirectives: Readonly<Record<string, Directive>> = {
  track_interface: follows("trackInterfaces"),
  track_script: follows("trackScripts", within253),
  track_process: follows("trackProcesses"),
  track_file: follows("trackFiles"),
  track_bfd: follows("trackBfdSessions"),
};

/** `user USER [GROUP]` */
const programUser: Directive = (statement, draft, run) => {
  const [user, group] = takeArguments(statement, run, 1, 2);
  for (const [key, value] of Object.entries(accountsOf(user, group))) setField(run, draft, key, value, statement);
};

/** A program with its arguments: one quoted text that keepalived splits, or the words of the line. */
function program(key: string): Directive {
  return (statement, draft, run) => {
    const words = withoutSlashComment(statement, run);
    const [first] = words;
    if (first === undefined) return complain(run, "error", statement, `${statement.text} needs a program`);
    const command = words.length === 1 ? first.text : words.map(({ text: word }) => word);
    setField(run, draft, key, openingFile(command, first, run), statement);
  };
}

/** A block with a name that becomes an element of a list. */
function named(list: string, block: () => Block): Directive {
  return (statement: Statement, document: Draft, run: Import) => {
    const [name] = takeArguments(statement, run, 1, 1);
    const element: Draft = {};
    addElement(run, document, list, element, statement);
    if (name !== undefined) setField(run, element, "name", name.text, name);
    lowerInner(block(), statement, element, run);
  };
}

/** `track_… { NAME [weight W [reverse|noreverse]] … }`, one a line. */
function follows(key: string, bound: (followed: Draft, line: Word, run: Import) => void = () => undefined): Directive {
  return (statement, draft, run) => {
    for (const line of linesOf(statement, run)) {
      if (isRepeated(draft[key], line, "name", run)) continue;
      const followed: Draft = { name: line.text };
      addElement(run, draft, key, followed, line);
      readWeight(line, [...withoutSlashComment(line, run)], followed, run);
      bound(followed, line, run);
    }
  };
}

/** Whether an element of a list is named once more, which counts for nothing, and says so. */
export function isRepeated(list: unknown, line: Word, key: string, run: Import): boolean {
  if (!Array.isArray(list) || !list.some((one: Draft) => one[key] === line.text)) return false;
  complain(run, "warning", line, `${line.text} is there already: this line is left out`, {
    keepalived: "takes the first, too",
  });
  return true;
}

/** A weight of 254 could take more than the whole priority. */
function within253(followed: Draft, line: Word, run: Import): void {
  const { weight: value } = followed;
  if (value !== 254 && value !== -254) return;
  followed.weight = tellTaken(run, { ...line, text: String(value) }, "weight", value < 0 ? -253 : 253, "-253 to 253");
}

function readWeight(line: Word, words: Word[], draft: Draft, run: Import): void {
  const keyword = words.shift();
  if (keyword === undefined) return;
  if (keyword.text !== "weight")
    return complain(run, "error", keyword, `${JSON.stringify(keyword.text)} is not known after ${line.text}`, {
      expected: "weight NUMBER [reverse]",
    });
  readWeightValue(keyword, words, draft, run);
}

/** `NUMBER [reverse|noreverse]` */
function readWeightValue(keyword: Word, words: readonly Word[], draft: Draft, run: Import): void {
  const [value, direction, extra] = words;
  if (value === undefined) return complain(run, "error", keyword, "weight needs a number");
  setField(run, draft, "weight", numberOf(value), value);
  if (extra !== undefined) tellIgnored(run, extra, `${JSON.stringify(extra.text)} is not known after a weight`);
  if (direction === undefined) return;
  if (/^(no)?reverse$/.test(direction.text))
    return setField(run, draft, "reverse", direction.text === "reverse", direction);
  complain(run, "error", direction, `${JSON.stringify(direction.text)} is not known after a weight`, {
    expected: "reverse, noreverse or nothing",
  });
}

/** `weight NUMBER [reverse|noreverse]` */
export const weight: Directive = (statement, draft, run) =>
  readWeightValue(statement, withoutSlashComment(statement, run), draft, run);

function linesOf(statement: Statement, run: Import): readonly Statement[] {
  if (statement.block !== undefined) return statement.block;
  complain(run, "error", statement, `${statement.text} has no block`, { expected: "{ on the same line or the next" });
  return [];
}

/** `process NAME [PARAMETER]…`: a quoted text with blanks is a name with its parameters. */
const processName: Directive = (statement, draft, run) => {
  const [first, ...rest] = withoutSlashComment(statement, run);
  if (first === undefined) return complain(run, "error", statement, "process needs a name");
  setField(run, draft, "process", first.text, first);
  if (rest.length === 0) return;
  draft.parameters = rest.map(({ text: word }) => word);
  remember(run, draft, "parameters", statement);
};

const bothDelays: Directive = (statement, draft, run) => {
  text("forkDelay")(statement, draft, run);
  draft.terminateDelay = draft.forkDelay;
};

/** `init_file [VALUE] [overwrite]` */
const initFile: Directive = (statement, draft, run) => {
  const words = takeArguments(statement, run, 0, 2);
  const value = words.find(({ text: word }) => word !== "overwrite");
  setField(run, draft, "initialValue", value === undefined ? 0 : numberOf(value), value ?? statement);
  const overwrite = words.find(({ text: word }) => word === "overwrite");
  if (overwrite !== undefined) setField(run, draft, "overwrite", true, overwrite);
};

/** keepalived counts to 2147483647; the schema has what is meant by anybody. */
const mostInARow = 2_147_483_647;

const scriptBlock: Block = {
  name: "vrrp_script",
  directives: {
    script: program("command"),
    interval: atLeastOne("interval"),
    timeout: atLeastOne("timeout"),
    weight,
    rise: numberOr("rise", 1, mostInARow, 1),
    fall: numberOr("fall", 1, mostInARow, 1),
    user: programUser,
    init_fail: bareFlag("initiallyFailed"),
  },
};

const processBlock: Block = {
  name: "vrrp_track_process",
  directives: {
    process: processName,
    param_match: choice("parameterMatch", { initial: "initial", partial: "partial", exact: "exact" }),
    full_command: bareFlag("fullCommand"),
    weight,
    quorum: number("quorum"),
    quorum_max: number("quorumMax"),
    delay: bothDelays,
    fork_delay: text("forkDelay"),
    terminate_delay: text("terminateDelay"),
  },
};

const fileBlock: Block = {
  name: "track_file",
  directives: { file: text("file"), weight, init_file: initFile },
};
