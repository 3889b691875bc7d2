// `lvs_sync_daemon INTERFACE [[inst] INSTANCE] [[id] ID] [maxlen N] [port N] [ttl N] [group ADDRESS]`, and the older keyword inside an instance.

import { type Directive, numberOf, takeArguments } from "../directive.ts";
import { complain, type Draft, remember, setField } from "../draft.ts";

const values: Readonly<Record<string, string>> = {
  inst: "instance",
  id: "id",
  maxlen: "maxLength",
  port: "port",
  ttl: "ttl",
  group: "group",
};

/** The keyword of global_defs; it belongs to the whole document. */
export const lvsSyncDaemon: Directive = (statement, _director, run) => {
  const [link, ...words] = takeArguments(statement, run, 1, 20);
  if (link === undefined) return;
  const daemon: Draft = { interface: link.text };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const key = Object.hasOwn(values, word.text) ? values[word.text] : undefined;
    const isNamed = key !== undefined;
    const value = isNamed ? words.shift() : word;
    // The older form has the instance and the id without a word before them.
    const place = key ?? (daemon.instance === undefined ? "instance" : "id");
    if (value === undefined) return complain(run, "error", word, `${word.text} needs a value`);
    daemon[place] = place === "instance" || place === "group" ? value.text : numberOf(value);
    remember(run, daemon, place, value);
  }
  setField(run, run.document, "syncDaemon", daemon, statement);
};

/** `lvs_sync_daemon_interface INTERFACE` in an instance. */
export const lvsSyncDaemonInterface: Directive = (statement, instance, run) => {
  const [link] = takeArguments(statement, run, 1, 1);
  if (link === undefined) return;
  complain(run, "warning", statement, "lvs_sync_daemon_interface of an instance is an older keyword", {
    expected: `lvs_sync_daemon ${link.text} ${instance.name ?? "INSTANCE"} in global_defs`,
  });
  setField(run, run.document, "syncDaemon", { interface: link.text, instance: instance.name }, statement);
};
