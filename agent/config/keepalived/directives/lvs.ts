// The keywords of global_defs about IPVS as a whole: `lvs_timeouts`, `lvs_flush`, `lvs_flush_on_stop`, `net_namespace_ipvs`, `nftables_ipvs`.

import { type Directive, exactArguments, numberOf, takeArguments } from "../directive.ts";
import { complain, type Draft, type Import, setField } from "../draft.ts";

const timeoutNames: Readonly<Record<string, string>> = { tcp: "tcp", tcpfin: "tcpFin", udp: "udp" };

function ipvsDraft(run: Import): Draft {
  run.document.ipvs ??= {};
  return run.document.ipvs as Draft;
}

/** `lvs_timeouts [tcp N] [tcpfin N] [udp N]` */
const timeouts: Directive = (statement, _director, run) => {
  const words = [...exactArguments(statement, run, 2, 6)];
  const draft: Draft = {};
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const key = Object.hasOwn(timeoutNames, word.text) ? timeoutNames[word.text] : undefined;
    const value = words.shift();
    if (key === undefined)
      complain(run, "error", word, `${JSON.stringify(word.text)} is not known here`, {
        expected: "tcp, tcpfin or udp",
      });
    else if (value === undefined) complain(run, "error", word, `${word.text} needs a value`);
    else setField(run, draft, key, numberOf(value), value);
  }
  setField(run, ipvsDraft(run), "timeouts", draft, statement);
};

const flush: Directive = (statement, _director, run) => {
  takeArguments(statement, run, 0, 0);
  setField(run, ipvsDraft(run), "flushAtStart", true, statement);
};

/** `lvs_flush_on_stop [VS]`: with VS our own services go as a whole, which they always do. */
const flushOnStop: Directive = (statement, _director, run) => {
  const [word] = takeArguments(statement, run, 0, 1);
  if (word === undefined) return setField(run, ipvsDraft(run), "flushAtStop", true, statement);
  if (word.text !== "VS")
    complain(run, "error", word, `${JSON.stringify(word.text)} is not known here`, { expected: "VS, or nothing" });
};

/** `net_namespace_ipvs NAME` */
export const ipvsNamespace: Directive = (statement, _director, run) => {
  const [name] = takeArguments(statement, run, 1, 1);
  if (name !== undefined) setField(run, ipvsDraft(run), "networkNamespace", name.text, statement);
};

/** `net_namespace NAME`: 2.2.7 knows it outside of blocks only, later ones in global_defs, too. */
export const agentNamespace: Directive = (statement, _draft, run) => {
  const [name] = takeArguments(statement, run, 1, 1);
  if (name === undefined) return;
  run.document.director ??= {};
  setField(run, run.document.director as Draft, "networkNamespace", name.text, statement);
};

const firstGroupMark = 1000;

/** `nftables_ipvs [TABLE]`: groups are served by one mark each. The table and its priority are the agent's own. */
const groupsByMark: Directive = (statement, _director, run) => {
  takeArguments(statement, run, 0, 1);
  run.nextGroupMark ??= firstGroupMark;
};

const groupMarkStart: Directive = (statement, _director, run) => {
  const [word] = takeArguments(statement, run, 1, 1);
  const mark = word === undefined ? undefined : Number(word.text);
  if (mark !== undefined && Number.isSafeInteger(mark) && mark > 0) run.nextGroupMark = mark;
  else if (word !== undefined)
    complain(run, "error", word, `${word.text} is not a mark`, { expected: "1 to 4294967295" });
};

/** The keywords. */
export const lvsDirectives: Readonly<Record<string, Directive>> = {
  lvs_timeouts: timeouts,
  lvs_flush: flush,
  lvs_flush_on_stop: flushOnStop,
  lvs_flush_onstop: flushOnStop,
  net_namespace: agentNamespace,
  net_namespace_ipvs: ipvsNamespace,
  nftables_ipvs: groupsByMark,
  nftables_ipvs_start_fwmark: groupMarkStart,
};
