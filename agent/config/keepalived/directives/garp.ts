import { atLeastOne } from "../corrections.ts";
import { type Block, type Directive, exactArguments, flag, numberOf, takeArguments, text } from "../directive.ts";
import { addElement, type Draft, type Import, remember, setField } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";

type Key = "delay" | "repeat" | "refresh" | "refreshRepeat" | "lowerPriorityDelay" | "lowerPriorityRepeat";

/** A keyword about gratuitous ARP: one value of the instance's gratuitousArp object. */
export function garp(key: Key): Directive {
  return (statement, instance, run) => {
    const [word] = takeArguments(statement, run, 1, 1);
    if (word !== undefined) setField(run, garpOf(instance), key, numberOf(word), statement);
  };
}

/** The same for how often something is announced, which is once at least. */
export function garpAtLeastOnce(key: Key): Directive {
  return (statement, instance, run) => atLeastOne(key)(statement, garpOf(instance), run);
}

/** `garp_extra_if [all] SECONDS` */
export const garpExtraIf: Directive = (statement, instance, run) => {
  for (const word of exactArguments(statement, run, 1, 2)) {
    const [key, value] = word.text === "all" ? ["extraAllInterfaces", true] : ["extraInterval", numberOf(word)];
    setField(run, garpOf(instance), key as string, value, statement);
  }
};

/** `vrrp_min_garp [BOOL]`: one announcement of each address and no more, wherever nothing else is said. */
export const minGarp: Directive = (statement, defaults, run) => {
  const draft: Draft = {};
  flag("least")(statement, draft, run);
  if (draft.least !== true) return;
  const garpDefaults = garpOf(defaults);
  for (const [key, value] of Object.entries({ repeat: 1, delay: 0, refresh: 0 })) garpDefaults[key] ??= value;
};

/** `garp_group { garp_interval S  gna_interval S  interface IF  interfaces { IF … } }` */
export const garpGroup: Directive = (statement, document, run) => {
  document.vrrp ??= {};
  const group: Draft = {};
  addElement(run, document.vrrp as Draft, "garpGroups", group, statement);
  lowerInner(groupBlock, statement, group, run);
};

/** A keyword that holds for all instances. */
export function forAll(directive: Directive): Directive {
  return (statement, _director, run) => {
    run.document.vrrp ??= {};
    directive(statement, run.document.vrrp as Draft, run);
  };
}

const groupBlock: Block = {
  name: "garp_group",
  directives: {
    garp_interval: text("garpInterval"),
    gna_interval: text("gnaInterval"),
    interface: (statement, group, run) => addInterfaces(takeArguments(statement, run, 1, 1), group, run),
    interfaces: (statement, group, run) => {
      for (const line of statement.block ?? []) addInterfaces([line, ...line.args], group, run);
    },
  },
  blocks: ["interfaces"],
};

function addInterfaces(words: readonly Statement["args"][number][], group: Draft, run: Import): void {
  for (const word of words) {
    group.interfaces = [...((group.interfaces as string[] | undefined) ?? []), word.text];
    remember(run, group, "interfaces", word);
  }
}

function garpOf(instance: Draft): Draft {
  instance.gratuitousArp ??= {};
  return instance.gratuitousArp as Draft;
}
