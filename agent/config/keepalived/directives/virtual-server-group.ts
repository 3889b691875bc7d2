// `virtual_server_group NAME { ADDRESS [PORT] … ADDRESS-RANGE [PORT] … fwmark MARK [inet|inet6] … }`: what `virtual_server group NAME` serves. A
// group may stand after its virtual servers, so that these are completed when the whole file is read.

import { type Directive, exactArguments, numberOf, takeArguments } from "../directive.ts";
import type { GroupedServer, ServerGroup } from "../draft.ts";
import { addElement, complain, type Draft, type Import, setField } from "../draft.ts";
import { kept, type Statement, type Word } from "../parser.ts";

const families: Readonly<Record<string, string>> = { inet: "ipv4", inet6: "ipv6" };

/** The block of a group. */
export const virtualServerGroup: Directive = (statement, _document, run) => {
  const [name] = exactArguments(statement, run, 1, 1);
  if (name === undefined) return;
  if (run.serverGroups.has(name.text))
    complain(run, "warning", name, `${name.text} is given more than once: the last one counts`);
  const services = (statement.block ?? []).map((line) => ({ word: kept(line), service: readService(line, run) }));
  if (services.length === 0)
    complain(run, "error", statement, "the group has no addresses", { expected: "ADDRESS PORT, one a line" });
  run.serverGroups.set(name.text, { word: kept(name), services, isUsed: false });
};

function readService(line: Statement, run: Import): Draft {
  const service: Draft = {};
  if (line.text === "fwmark") {
    const [mark, family] = takeArguments(line, run, 1, 2);
    if (mark !== undefined) setField(run, service, "firewallMark", numberOf(mark), mark);
    if (family !== undefined) setField(run, service, "family", families[family.text] ?? family.text, family);
    return service;
  }
  const [port] = takeArguments(line, run, 0, 1);
  setField(run, service, "address", line.text, line);
  setField(run, service, "port", port === undefined ? 0 : numberOf(port), port ?? line);
  return service;
}

/** Gives a virtual server the services of its group, and a name: the group's, with the protocol where several virtual servers share it. */
export function joinGroup({ server, group: word }: GroupedServer, run: Import): void {
  const group = run.serverGroups.get(word.text);
  if (group === undefined) return withoutGroup(server, word, run);
  if (run.nextGroupMark !== undefined && group.services.every(({ service }) => service.address !== undefined))
    joinByMark(server, group, word, run);
  else for (const { word: line, service } of group.services) addElement(run, server, "services", service, line);
  setField(
    run,
    server,
    "name",
    isShared(word.text, run) ? `${word.text} ${server.protocol ?? "udp"}` : word.text,
    word,
  );
  group.isUsed = true;
}

/** One mark for the whole group, which the agent gives to its packets. */
function joinByMark(server: Draft, { services }: ServerGroup, word: Word, run: Import): void {
  setField(run, server, "firewallMark", run.nextGroupMark, word);
  run.nextGroupMark = (run.nextGroupMark ?? 0) + 1;
  const protocol = server.protocol ?? "udp";
  for (const { word: line, service } of services) {
    const ports = service.port === 0 ? [] : [service.port];
    addElement(run, server, "markedTraffic", { address: service.address, protocol, ports }, line);
    if (String(service.address).includes(":")) server.family ??= "ipv6";
  }
  delete server.protocol;
}

/** Says which groups nobody serves. */
export function reportUnusedGroups(run: Import): void {
  for (const { word, isUsed } of run.serverGroups.values())
    if (!isUsed) complain(run, "warning", word, `no virtual_server has the group ${word.text}: it serves nothing`);
}

/** What it serves is not known: nothing more is said about it. */
function withoutGroup(server: Draft, word: Word, run: Import): void {
  complain(run, "error", word, `there is no virtual_server_group ${JSON.stringify(word.text)}`, {
    expected:
      run.serverGroups.size === 0 ? "a group of this file" : `one of ${[...run.serverGroups.keys()].join(", ")}`,
  });
  const servers = run.document.virtualServers as Draft[];
  run.document.virtualServers = servers.filter((one) => one !== server);
}

function isShared(name: string, run: Import): boolean {
  return run.groupedServers.filter(({ group }) => group.text === name).length > 1;
}
