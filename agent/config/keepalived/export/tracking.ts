// What instances and groups follow, and what there is to follow.

import { accountWords, block, duration, fieldLines, flag, objectsOf, quoted, type Values, word } from "./lines.ts";

/** What instances follow, in blocks of its own. */
export function trackedLines(document: Values): string[][] {
  const each = (field: string, keyword: string, lines: (tracked: Values) => string[]) =>
    objectsOf(document[field], "name").map((tracked) =>
      block(`${keyword} ${quoted(String(tracked.name))}`, lines(tracked)),
    );
  const delays = objectsOf(document.interface_delays, "interface").map((delay) =>
    [String(delay.interface), secondsText(delay.down), ...(delay.up === undefined ? [] : [secondsText(delay.up)])].join(
      " ",
    ),
  );
  return [
    ...each("tracked_scripts", "vrrp_script", scriptLines),
    ...each("tracked_processes", "vrrp_track_process", processLines),
    ...each("tracked_files", "track_file", fileLines),
    ...(delays.length === 0 ? [] : [block("interface_up_down_delays", delays)]),
  ];
}

function scriptLines(script: Values): string[] {
  const accounts = accountWords(script);
  return [
    ...fieldLines(script, {
      command: word("script"),
      interval: duration("interval"),
      timeout: duration("timeout"),
      rise: word("rise"),
      fall: word("fall"),
      initially_failed: flag("init_fail"),
    }),
    ...weightLines(script),
    ...(accounts.length === 0 ? [] : [`user ${accounts.join(" ")}`]),
  ];
}

function processLines(process: Values): string[] {
  const parameters = ((process.parameters as readonly string[] | undefined) ?? []).map(quoted);
  return [
    ["process", quoted(String(process.process)), ...parameters].join(" "),
    ...fieldLines(process, {
      parameter_match: word("param_match"),
      full_command: flag("full_command"),
      quorum: word("quorum"),
      quorum_max: word("quorum_max"),
      fork_delay: duration("fork_delay"),
      terminate_delay: duration("terminate_delay"),
    }),
    ...weightLines(process),
  ];
}

function fileLines(file: Values): string[] {
  const { initial_value: value, overwrite } = file;
  return [
    ...fieldLines(file, { file: word("file") }),
    ...weightLines(file),
    ...(value === undefined ? [] : [`init_file ${value}${overwrite === true ? " overwrite" : ""}`]),
  ];
}

/** A direction is said only together with a weight. */
function weightLines(values: Values): string[] {
  return values.weight === undefined ? [] : [weightWords(values)];
}

function weightWords({ weight, reverse }: Values): string {
  const turn = reverse === undefined ? "" : reverse === true ? " reverse" : " noreverse";
  return `weight ${weight}${turn}`;
}

function secondsText(value: unknown): string {
  return duration("")(value)?.trim() ?? "0";
}

/** What an instance or a group follows. */
export function trackLines(values: Values): string[] {
  return Object.entries(trackBlocks).flatMap(([field, keyword]) => {
    const lines = objectsOf(values[field], "name").map(trackLine);
    return lines.length === 0 ? [] : block(keyword, lines);
  });
}

const trackBlocks: Readonly<Record<string, string>> = {
  track_interfaces: "track_interface",
  track_scripts: "track_script",
  track_processes: "track_process",
  track_files: "track_file",
  track_bfd_sessions: "track_bfd",
};

function trackLine(followed: Values): string {
  const name = quoted(String(followed.name));
  return followed.weight === undefined ? name : `${name} ${weightWords(followed)}`;
}
