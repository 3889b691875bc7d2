import { schedulerFlags, schedulers } from "../../schema/virtual-server.ts";
import { type Block, bareFlag, choice, type Directive, number, numberOf, takeArguments, text } from "../directive.ts";
import { addElement, complain, type Draft, type Import, originOf, setField } from "../draft.ts";
import { kept, type Statement, type Word } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { checkTiming } from "./check-timing.ts";
import { forwarding } from "./forwarding.ts";
import { persistence, persistenceGranularity } from "./persistence.ts";
import { virtualServerNotify } from "./pool-notify.ts";
import { correctQuorum, quorumDirectives } from "./quorum.ts";
import { realServer } from "./real-server.ts";
import { joinGroup, reportUnusedGroups } from "./virtual-server-group.ts";

/** keepalived's persistence where a timeout is needed and none is given: six minutes. */
const usualPersistence = 360;

/** `virtual_server ADDRESS [PORT] { … }`, `virtual_server fwmark MARK { … }` and `virtual_server group NAME { … }` */
export const virtualServer: Directive = (statement: Statement, document: Draft, run: Import) => {
  const server: Draft = {};
  addElement(run, document, "virtualServers", server, statement);
  readKey(statement, server, run);
  lowerInner(block, statement, server, run);
  if (statement.args[0]?.text !== "group") fillIn(statement, server, run);
};

/** Completes the virtual servers that name a group, when all groups are known. */
export function finishGroupedServers(run: Import): void {
  for (const grouped of run.groupedServers) {
    joinGroup(grouped, run);
    fillIn(grouped.group, grouped.server, run);
  }
  reportUnusedGroups(run);
}

function readKey(statement: Statement, server: Draft, run: Import): void {
  const [first, second] = takeArguments(statement, run, 1, 2);
  if (first === undefined) return;
  if (first.text === "fwmark") {
    if (second === undefined) return complain(run, "error", first, "fwmark needs a number");
    return setField(run, server, "firewallMark", numberOf(second), second);
  }
  if (first.text === "group") {
    if (second === undefined) return complain(run, "error", first, "group needs a name");
    run.groupedServers.push({ server, group: kept(second) });
    return;
  }
  setField(run, server, "address", first.text, first);
  setField(run, server, "port", second === undefined ? 0 : numberOf(second), second ?? first);
}

/** What keepalived assumes; it warns in the same cases. */
function fillIn(keyword: Word, server: Draft, run: Import): void {
  const services = (server.services as Draft[] | undefined) ?? [server];
  const marked = services.filter(({ firewallMark }) => firewallMark !== undefined);
  if (marked.length === services.length) dropProtocol(server, run);
  else if (server.protocol === undefined && services.some(({ address }) => address !== undefined)) {
    server.protocol = "udp";
    complain(run, "warning", keyword, "no protocol is given: keepalived takes UDP", {
      expected: "protocol TCP or protocol UDP",
    });
  }
  dropRepeated(server, run);
  shareWeight(server);
  keepTunnelsPlain(server);
  dropOnePacket(server, run);
  correctQuorum(server, run);
  if (server.persistenceTimeout !== undefined) return;
  const takesAllPorts = services.some(({ port }) => port === 0);
  const why = takesAllPorts ? "port 0 takes all ports" : "persistence_granularity is given";
  if (!takesAllPorts && server.persistenceGranularity === undefined) return;
  server.persistenceTimeout = usualPersistence;
  complain(run, "warning", keyword, `${why} and no persistence_timeout: keepalived takes ${usualPersistence}`, {
    expected: `persistence_timeout ${usualPersistence}`,
  });
}

/** keepalived removes the second of two real servers with one address and port. */
function dropRepeated(server: Draft, run: Import): void {
  const realServers = (server.realServers as Draft[] | undefined) ?? [];
  const seen = new Set<string>();
  const kept = realServers.filter((realServer, index) => {
    const endpoint = `${realServer.address} ${realServer.port ?? ""}`;
    if (!seen.has(endpoint)) return seen.add(endpoint);
    const word = originOf(run, realServers, index) ?? originOf(run, realServer, "");
    if (word !== undefined)
      complain(run, "warning", word, `real_server ${endpoint} is there already: this one is left out`, {
        keepalived: "leaves the second out, too",
      });
    return false;
  });
  if (kept.length < realServers.length) server.realServers = kept;
}

/** Only datagrams can be scheduled one by one; keepalived resets the flag, too. */
function dropOnePacket(server: Draft, run: Import): void {
  if (server.onePacket === undefined || server.protocol === undefined || server.protocol === "udp") return;
  const word = originOf(run, server, "onePacket");
  if (word === undefined) return;
  delete server.onePacket;
  complain(run, "warning", word, `${word.text} needs protocol UDP: it is left out`);
}

/** keepalived's weight of a virtual server is that of its real servers which have none. */
function shareWeight(server: Draft): void {
  const weight = server.weight;
  if (weight === undefined) return;
  for (const realServer of (server.realServers as Draft[] | undefined) ?? []) realServer.weight ??= weight;
  delete server.weight;
}

/** To keepalived TUN is a tunnel of the plain kind, also where the virtual server has others. */
function keepTunnelsPlain({ tunnel, sorryServer, realServers }: Draft): void {
  if (tunnel === undefined) return;
  for (const one of [sorryServer, ...((realServers as Draft[] | undefined) ?? [])] as (Draft | undefined)[])
    if (one?.forwarding === "tunnel") one.tunnel ??= { type: "ipip" };
}

function dropProtocol(server: Draft, run: Import): void {
  const word = server.protocol === undefined ? undefined : originOf(run, server, "protocol");
  if (word === undefined) return;
  delete server.protocol;
  complain(run, "warning", word, "protocol has no meaning with fwmark: the mark selects the packets");
}

function schedulerFlag(name: string): Directive {
  return (statement, server, run) => {
    takeArguments(statement, run, 0, 0);
    addElement(run, server, "schedulerFlags", name, statement);
  };
}

/** A scheduler by its name in the kernel. */
const scheduler: Directive = choice("scheduler", Object.fromEntries(schedulers.map((name) => [name, name])));

const protocols = { TCP: "tcp", UDP: "udp", SCTP: "sctp", tcp: "tcp", udp: "udp", sctp: "sctp" } as const;

const block: Block = {
  name: "virtual_server",
  directives: {
    ip_family: choice("family", { inet: "ipv4", inet6: "ipv6" }),
    lb_algo: scheduler,
    lvs_sched: scheduler,
    lb_kind: forwarding,
    lvs_method: forwarding,
    protocol: choice("protocol", protocols),
    persistence_timeout: persistence,
    persistence_granularity: persistenceGranularity,
    persistence_engine: text("persistenceEngine"),
    ops: bareFlag("onePacket"),
    ...Object.fromEntries(schedulerFlags.map((name) => [name, schedulerFlag(name)])),
    inhibit_on_failure: bareFlag("inhibitOnFailure"),
    virtualhost: text("virtualHost"),
    weight: number("weight"),
    ...quorumDirectives,
    ...virtualServerNotify,
    omega: bareFlag("tellStop"),
    ha_suspend: bareFlag("suspendWithoutAddress"),
    ...checkTiming,
    alpha: bareFlag("startDown"),
    real_server: realServer,
  },
  blocks: ["real_server"],
};
