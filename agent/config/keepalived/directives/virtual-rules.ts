// `virtual_rules { … }` and `static_rules { … }`: one rule a line, in the grammar of `ip rule`.

import { type Directive, numberOf, withoutSlashComment } from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember } from "../draft.ts";
import type { Statement, Word } from "../parser.ts";
import { tosOf } from "./route-encap.ts";
import { trackGroup } from "./track-group.ts";
import { tableOf } from "./virtual-routes.ts";

/** A block of rules, into this list of the draft. */
export function ruleBlock(key: string): Directive {
  return (statement, draft, run) => {
    if (statement.block === undefined)
      return complain(run, "error", statement, `${statement.text} has no block`, { expected: "{ on the same line" });
    for (const line of statement.block) addElement(run, draft, key, readRule(line, run), line);
  };
}

/** keepalived gives rules without a priority numbers from here downwards. */
const firstPriority = 16_384;

function readRule(line: Statement, run: Import): Draft {
  const rule: Draft = {};
  const words: Word[] = [line, ...withoutSlashComment(line, run)];
  for (let word = words.shift(); word !== undefined; word = words.shift()) readWord(word, words, rule, run);
  if (rule.priority === undefined) {
    rule.priority = firstPriority - run.rulesWithoutPriority++;
    complain(run, "warning", line, `the rule has no priority: it gets ${rule.priority}`, {
      expected: "priority NUMBER",
    });
  }
  return rule;
}

function readWord(word: Word, rest: Word[], rule: Draft, run: Import): void {
  const read = Object.hasOwn(words, word.text) ? words[word.text] : undefined;
  if (read !== undefined) return read(word, rest, rule, run);
  complain(run, "error", word, `${JSON.stringify(word.text)} is not known in a rule`, {
    expected: `one of ${Object.keys(words).join(", ")}`,
  });
}

type Read = (word: Word, rest: Word[], rule: Draft, run: Import) => void;

function set(rule: Draft, key: string, value: unknown, word: Word, run: Import): void {
  rule[key] = value;
  remember(run, rule, key, word);
}

function valued(store: (value: Word, rule: Draft, run: Import) => void): Read {
  return (word, rest, rule, run) => {
    const value = rest.shift();
    if (value === undefined) return complain(run, "error", word, `${word.text} needs a value`);
    store(value, rule, run);
  };
}

function text(key: string): Read {
  return valued((value, rule, run) => set(rule, key, value.text, value, run));
}

function number(key: string): Read {
  return valued((value, rule, run) => set(rule, key, numberOf(value), value, run));
}

/** `from all` matches everything, as no word at all does; a prefix of no length also tells the family. */
function prefix(key: string): Read {
  return valued((value, rule, run) => {
    if (value.text === "all" || value.text === "default" || value.text === "any") return;
    const family = wholeFamilies[value.text];
    if (family !== undefined) return set(rule, "family", family, value, run);
    set(rule, key, value.text, value, run);
  });
}

const wholeFamilies: Readonly<Record<string, string>> = { "0.0.0.0/0": "ipv4", "::/0": "ipv6" };

/** `ip rule` takes one number as well; keepalived does not (seen with 2.2.7). */
function range(key: string): Read {
  return valued((value, rule, run) => {
    if (!value.text.includes("-"))
      complain(run, "warning", value, `${value.text} is taken as ${value.text}-${value.text}`, {
        expected: "FIRST-LAST",
        keepalived: "takes ranges only, and leaves this out",
      });
    // One number is written as such, so that what was exported is what it was.
    set(rule, key, value.text.replace(/^(\d+)-\1$/, "$1"), value, run);
  });
}

function action(value: string): Read {
  return (word, _rest, rule, run) => set(rule, "action", value, word, run);
}

const markOf = valued((value, rule, run) => {
  const [mark = "", mask] = value.text.split("/");
  set(rule, "mark", bitsOf(mark), value, run);
  if (mask !== undefined) set(rule, "mask", bitsOf(mask), value, run);
});

const goTo = valued((value, rule, run) => {
  set(rule, "action", "goto", value, run);
  set(rule, "target", numberOf(value), value, run);
});

/** A number, or one of the names that /etc/protocols has for the usual ones. */
const protocol = valued((value, rule, run) =>
  set(rule, "protocol", protocolNumbers[value.text] ?? numberOf(value), value, run),
);

const protocolNumbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, esp: 50, ah: 51, sctp: 132 };

const priority = number("priority");
const table = valued((value, rule, run) => set(rule, "table", tableOf(value, run), value, run));
const tos = valued((value, rule, run) => set(rule, "tos", tosOf(value), value, run));
const incoming = text("incoming");

/** The words that begin something in a line. */
const words: Readonly<Record<string, Read>> = {
  not: (word, _rest, rule, run) => set(rule, "not", true, word, run),
  from: prefix("from"),
  to: prefix("to"),
  tos,
  dsfield: tos,
  fwmark: markOf,
  iif: incoming,
  dev: incoming,
  oif: text("outgoing"),
  priority,
  pref: priority,
  preference: priority,
  order: priority,
  table,
  lookup: table,
  goto: goTo,
  nop: action("nop"),
  blackhole: action("blackhole"),
  unreachable: action("unreachable"),
  prohibit: action("prohibit"),
  l3mdev: (word, _rest, rule, run) => set(rule, "l3mdev", true, word, run),
  uidrange: range("users"),
  ipproto: protocol,
  ip_proto: protocol,
  sport: range("sourcePorts"),
  dport: range("destinationPorts"),
  suppress_prefixlength: number("suppressPrefixLength"),
  sup_prefixlength: number("suppressPrefixLength"),
  suppress_ifgroup: number("suppressGroup"),
  inet: (word, _rest, rule, run) => set(rule, "family", "ipv4", word, run),
  inet6: (word, _rest, rule, run) => set(rule, "family", "ipv6", word, run),
  no_track: (word, _rest, rule, run) => set(rule, "track", false, word, run),
  track_group: (word, rest, rule, run) => trackGroup(word, rest.shift(), rule, run),
  realms: text("realm"),
  realm: text("realm"),
  tun_id: number("tunnelId"),
};

function bitsOf(text: string): number | string {
  return /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : text;
}
