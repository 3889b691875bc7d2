// `quorum`, `hysteresis` and the sorry server of a virtual server, with what keepalived makes of numbers that do not go together.

import { bareFlag, type Directive, number, numberOf, takeArguments } from "../directive.ts";
import { complain, type Draft, type Import, originOf, setField } from "../draft.ts";
import { forwarding } from "./forwarding.ts";

/** `sorry_server ADDRESS [PORT]` */
const sorryServer: Directive = (statement, server, run) => {
  const [address, port] = takeArguments(statement, run, 1, 2);
  if (address === undefined) return;
  const sorry = sorryDraft(server);
  setField(run, sorry, "address", address.text, address);
  if (port !== undefined) setField(run, sorry, "port", numberOf(port), port);
};

/** A directive about the sorry server, wherever it stands in the block. */
function ofSorryServer(directive: Directive): Directive {
  return (statement, server, run) => directive(statement, sorryDraft(server), run);
}

function sorryDraft(server: Draft): Draft {
  server.sorryServer ??= {};
  return server.sorryServer as Draft;
}

/** The keywords about the quorum. */
export const quorumDirectives: Readonly<Record<string, Directive>> = {
  quorum: number("quorum"),
  hysteresis: number("hysteresis"),
  sorry_server: sorryServer,
  sorry_server_inhibit: ofSorryServer(bareFlag("inhibit")),
  sorry_server_lvs_method: ofSorryServer(forwarding),
};

/** Corrects what keepalived corrects, and says so: a quorum that all real servers together do not reach, and a hysteresis as large as the quorum. */
export function correctQuorum(server: Draft, run: Import): void {
  const { quorum = 1, hysteresis = 0 } = server;
  if (typeof quorum !== "number" || typeof hysteresis !== "number") return;
  const reachable = Math.min(quorum, Math.max(1, totalWeight(server)));
  if (reachable < quorum) correct(server, run, "quorum", reachable, `all real servers together reach ${reachable}`);
  if (hysteresis < reachable || hysteresis === 0) return;
  correct(server, run, "hysteresis", reachable - 1, `it has to be below the quorum of ${reachable}`);
}

function totalWeight({ realServers }: Draft): number {
  const weights = ((realServers as Draft[] | undefined) ?? []).map(({ weight = 1 }) => weight);
  return weights.reduce<number>((sum, weight) => sum + (typeof weight === "number" ? weight : 1), 0);
}

function correct(server: Draft, run: Import, key: string, value: number, why: string): void {
  const word = originOf(run, server, key);
  if (word === undefined) return;
  complain(run, "warning", word, `${word.text} ${server[key]} is taken as ${value}: ${why}`);
  server[key] = value;
}
