// `bfd_instance` and `BFD_CHECK`.

import { type Block, bareFlag, type Directive, flag, number, numberOf, takeArguments, text } from "../directive.ts";
import { addElement, complain, type Draft, type Import, originOf, remember, setField } from "../draft.ts";
import { lowerInner } from "../walk.ts";
import { weight } from "./tracking.ts";

/** keepalived's hop limit for IPv6 where none is written. */
const usualHopLimit = 64;

/** `bfd_instance NAME { … }` */
export const bfdInstance: Directive = (statement, document, run) => {
  const [name] = takeArguments(statement, run, 1, 1);
  const session: Draft = {};
  addElement(run, document, "bfdSessions", session, statement);
  if (name !== undefined) setField(run, session, "name", name.text, name);
  lowerInner(block, statement, session, run);
  if (session.ttl === undefined && String(session.neighbour).includes(":")) session.ttl = usualHopLimit;
};

/** A number of milliseconds. */
function time(key: string): Directive {
  return (statement, session, run) => {
    const [word] = takeArguments(statement, run, 1, 1);
    if (word === undefined) return;
    if (/^\d+(\.\d{1,3})?$/.test(word.text)) setField(run, session, key, `${word.text}ms`, statement);
    else
      complain(run, "error", word, `${JSON.stringify(word.text)} is not a time`, {
        expected: "milliseconds, with at most three decimals",
      });
  };
}

/** A number; keepalived takes -1 for any number of hops. */
const maxHops: Directive = (statement, session, run) => {
  const [word] = takeArguments(statement, run, 1, 1);
  if (word !== undefined) setField(run, session, "maxHops", word.text === "-1" ? 255 : numberOf(word), statement);
};

/** keepalived's `vrrp` and `checker` say who is told; here it is whoever names the session. */
function told(who: "vrrp" | "checker"): Directive {
  return (statement, { name }, run) => {
    takeArguments(statement, run, 0, 1);
    const audience = run.sessionsFor.get(String(name)) ?? new Set();
    run.sessionsFor.set(String(name), audience.add(who));
  };
}

/** keepalived ignores who names a session that is not for him. */
export function finishSessions(run: Import): void {
  for (const [name, audience] of run.sessionsFor)
    if (audience.size === 1)
      for (const [owner, key] of audience.has("vrrp") ? checksOf(run, name) : trackersOf(run, name)) {
        const [who, missing] = audience.has("vrrp") ? ["vrrp", "checker"] : ["checker", "vrrp"];
        const word = originOf(run, owner, key);
        const message = `BFD session ${JSON.stringify(name)} is for ${who} only`;
        if (word !== undefined)
          complain(run, "error", word, message, { expected: `${missing} in the bfd_instance as well` });
      }
}

/** What follows the session: the draft, and the field that names it. */
type Named = readonly [Draft, string];

function trackersOf({ document }: Import, name: string): Named[] {
  const { vrrpInstances = [], vrrpSyncGroups = [] } = document as Readonly<Record<string, Draft[] | undefined>>;
  return [...vrrpInstances, ...vrrpSyncGroups].flatMap(({ trackBfdSessions }) =>
    ((trackBfdSessions as Draft[] | undefined) ?? []).flatMap((one): Named[] => (one.name === name ? [[one, ""]] : [])),
  );
}

function checksOf({ document }: Import, name: string): Named[] {
  const { virtualServers = [] } = document as Readonly<Record<string, Draft[] | undefined>>;
  return virtualServers
    .flatMap(({ realServers }) => (realServers as Draft[] | undefined) ?? [])
    .flatMap(({ checkers }) => (checkers as Draft[] | undefined) ?? [])
    .flatMap(({ bfd }): Named[] => ((bfd as Draft | undefined)?.session === name ? [[bfd as Draft, "session"]] : []));
}

const block: Block = {
  name: "bfd_instance",
  directives: {
    neighbor_ip: text("neighbour"),
    neighbour_ip: text("neighbour"),
    source_ip: text("sourceAddress"),
    min_rx: time("minRx"),
    min_tx: time("minTx"),
    idle_tx: time("idleTx"),
    multiplier: number("multiplier"),
    passive: bareFlag("passive"),
    ttl: number("ttl"),
    hoplimit: number("ttl"),
    max_hops: maxHops,
    multihop: flag("multihop"),
    weight,
    vrrp: told("vrrp"),
    checker: told("checker"),
  },
};

/** `BFD_CHECK { name SESSION }` */
export const bfdCheck: Directive = (statement, realServer, run) => {
  const bfd: Draft = {};
  remember(run, bfd, "", statement);
  addElement(run, realServer, "checkers", { bfd }, statement);
  lowerInner(checkBlock, statement, bfd, run);
};

const checkBlock: Block = { name: "BFD_CHECK", directives: { name: text("session"), alpha: flag("startDown") } };
