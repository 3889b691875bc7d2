import { type Directive, withoutSlashComment } from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember } from "../draft.ts";
import type { Statement, Word } from "../parser.ts";

/** `virtual_ipaddress { ADDRESS[/LENGTH] [dev INTERFACE] … }`, one address a line. */
export const virtualIpaddress: Directive = (statement, instance, run) => {
  if (statement.block === undefined)
    return complain(run, "error", statement, "virtual_ipaddress has no block", {
      expected: "{ on the same line or the next",
    });
  for (const line of statement.block) addElement(run, instance, "virtualAddresses", readAddress(line, run), line);
};

function readAddress(line: Statement, run: Import): Draft {
  const address: Draft = { address: line.text };
  const words = [...withoutSlashComment(line, run)];
  for (let word = words.shift(); word !== undefined; word = words.shift()) readOption(word, words, address, run);
  if (line.block !== undefined) complain(run, "error", line, "an address has no block", { expected: "no { here" });
  return address;
}

function readOption(word: Word, rest: Word[], address: Draft, run: Import): void {
  if (word.text === "dev") {
    const name = rest.shift();
    if (name === undefined) return complain(run, "error", word, "dev needs the name of an interface");
    address.interface = name.text;
    return remember(run, address, "interface", name);
  }
  const option = Object.hasOwn(options, word.text) ? options[word.text] : undefined;
  if (option === undefined)
    return complain(run, "error", word, `${JSON.stringify(word.text)} is not known after a virtual address`, {
      expected: `dev INTERFACE, or one of ${Object.keys(options).join(", ")}`,
    });
  if (option.takesValue) rest.shift();
  complain(run, option.severity, word, `${word.text}: ${option.note}`);
}

interface Option {
  readonly takesValue: boolean;
  readonly severity: "warning" | "error";
  readonly note: string;
}

const ignored = { severity: "warning", note: "is not set by this release; the address itself is" } as const;
const alreadySo = { takesValue: false, severity: "warning", note: "has no meaning here" } as const;

/** The words that keepalived knows after an address. */
const options: Readonly<Record<string, Option>> = {
  brd: { takesValue: true, ...ignored },
  broadcast: { takesValue: true, ...ignored },
  label: { takesValue: true, ...ignored },
  scope: { takesValue: true, ...ignored },
  preferred_lft: { takesValue: true, severity: "warning", note: "the agent leases addresses itself" },
  peer: { takesValue: true, severity: "error", note: "point-to-point addresses are not run by this release" },
  use_vmac: { takesValue: false, severity: "error", note: "this release has no virtual MAC interfaces" },
  track_group: { takesValue: true, severity: "error", note: "tracking is not run by this release" },
  no_track: alreadySo,
  home: alreadySo,
  "-nodad": alreadySo,
  nodad: alreadySo,
  mngtmpaddr: alreadySo,
  noprefixroute: { takesValue: false, ...ignored },
  autojoin: alreadySo,
};
