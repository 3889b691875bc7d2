// `bfd_instance` and `BFD_CHECK`.

import { type Block, type Directive, flag, number, numberOf, takeArguments, text } from "../directive.ts";
import { addElement, complain, type Draft, remember, setField } from "../draft.ts";
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
    if (/^\d+(\.\d+)?$/.test(word.text)) setField(run, session, key, `${word.text}ms`, statement);
    else
      complain(run, "error", word, `${JSON.stringify(word.text)} is not a time`, {
        expected: "a number of milliseconds",
      });
  };
}

/** A number; keepalived takes -1 for any number of hops. */
const maxHops: Directive = (statement, session, run) => {
  const [word] = takeArguments(statement, run, 1, 1);
  if (word !== undefined) setField(run, session, "maxHops", word.text === "-1" ? 255 : numberOf(word), statement);
};

/** keepalived's `vrrp` and `checker` say who is told; here it is whoever names the session. */
const told: Directive = (statement, _, run) => void takeArguments(statement, run, 0, 0);

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
    passive: flag("passive"),
    ttl: number("ttl"),
    hoplimit: number("ttl"),
    max_hops: maxHops,
    multihop: flag("multihop"),
    weight,
    vrrp: told,
    checker: told,
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
