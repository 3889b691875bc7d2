// Why something is as it is: an answer, what it follows from, and what would change it, from one snapshot. Nothing is asked of anybody, so that
// the same snapshot always has the same answer.

import type { CheckerView, VirtualServerView } from "../../balancer/view.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { NumberedEvent } from "../../events/event.ts";
import type { InstanceView } from "../../vrrp/view.ts";
import type { Agent } from "../domain.ts";
import type { Override } from "../overrides/override.ts";
import { wantsEvent } from "../wanted.ts";
import type { Refusal } from "../words/refusal.ts";
import type { StateSnapshot } from "../words/state.ts";
import { explainChecker } from "./checker.ts";
import { explainInstance } from "./instance.ts";
import { explainRealServer } from "./real-server.ts";
import type { Reasoning } from "./reasoning.ts";
import { explainVirtualServer } from "./virtual-server.ts";

/** Something with what explains it. */
export interface Explanation extends Reasoning {
  readonly kind: "vrrp-instance" | "virtual-server" | "real-server" | "checker";
  readonly name: string;
  readonly instance?: InstanceView;
  /** Of a real server, with that one only. */
  readonly virtualServer?: VirtualServerView;
  readonly checkers: readonly CheckerView[];
  readonly overrides: readonly Override[];
  /** Newest first. */
  readonly events: readonly NumberedEvent[];
}

/** What is asked. `virtualServer`: only in this one; anywhere where it is empty. */
export interface Question {
  readonly name: string;
  readonly virtualServer: string;
}

/** How many events are shown. */
const mostEvents = 20;

/** How far back events are looked for, in numbers of the sequence. */
const lookedThrough = 4000;

/** Everything that goes by the name as it is now, explained. */
export async function explainNow(
  agent: Pick<Agent, "state" | "events">,
  question: Question,
): Promise<Result<readonly Explanation[], Refusal>> {
  const snapshot = await agent.state();
  const { events } = agent.events(Math.max(0, snapshot.sequence - lookedThrough), lookedThrough);
  const explanations = explain(snapshot, events, question);
  return explanations.length > 0 ? ok(explanations) : fail({ kind: "object-not-found", object: question.name });
}

/** Everything that goes by the name, explained. `events`: what happened lately, oldest first. */
export function explain(
  snapshot: StateSnapshot,
  events: readonly NumberedEvent[],
  question: Question,
): readonly Explanation[] {
  return [
    ...instancesOf(snapshot, question),
    ...virtualServersOf(snapshot, question),
    ...realServersOf(snapshot, question),
    ...checkersOf(snapshot, question),
  ].map(({ concerns, ...explained }) => ({ ...explained, events: lastOf(events, concerns) }));
}

/** An explanation before its events are looked for: those that name all of these. */
type Found = Omit<Explanation, "events"> & { readonly concerns: readonly string[] };

function instancesOf({ vrrpInstances, overrides }: StateSnapshot, { name }: Question): readonly Found[] {
  return vrrpInstances
    .filter((instance) => instance.name === name)
    .map((instance) => {
      const held = overrides.filter(({ target }) => target.kind === "vrrp-instance" && target.instance === name);
      const reasoning = explainInstance(instance, held);
      return { kind: "vrrp-instance", name, ...reasoning, instance, checkers: [], overrides: held, concerns: [name] };
    });
}

function virtualServersOf(
  { virtualServers, checkers, overrides }: StateSnapshot,
  { name }: Question,
): readonly Found[] {
  return virtualServers
    .filter((server) => server.name === name)
    .map((virtualServer) => {
      const held = overrides.filter(
        ({ target }) => target.kind === "node" || ("virtualServer" in target && target.virtualServer === name),
      );
      const own = checkers.filter((checker) => checker.virtualServer === name);
      const reasoning = explainVirtualServer(virtualServer);
      return {
        ...{ kind: "virtual-server", name, ...reasoning, virtualServer, checkers: own, overrides: held },
        concerns: [name],
      };
    });
}

function realServersOf(
  { virtualServers, checkers, overrides }: StateSnapshot,
  { name, virtualServer: only }: Question,
): readonly Found[] {
  return virtualServers
    .filter((server) => only === "" || server.name === only)
    .flatMap((server) => server.realServers.map((realServer) => ({ server, realServer })))
    .filter(({ realServer }) => realServer.name === name)
    .map(({ server, realServer }) => {
      const isOwn = (one: { readonly virtualServer: string; readonly realServer: string }) =>
        one.virtualServer === server.name && one.realServer === name;
      const own = checkers.filter(isOwn);
      const held = overrides.filter(({ target }) => {
        if (target.kind === "node") return true;
        if (target.kind === "checker") return own.some(({ id }) => id === target.checker);
        if (target.kind === "virtual-server") return target.virtualServer === server.name;
        return target.kind === "real-server" && isOwn(target);
      });
      const reasoning = explainRealServer({ server, realServer, checkers: own, overrides: held });
      return {
        ...{ kind: "real-server", name: `${server.name} -> ${name}`, ...reasoning, checkers: own, overrides: held },
        virtualServer: { ...server, realServers: [realServer] },
        concerns: [server.name, name],
      };
    });
}

function checkersOf({ checkers, overrides }: StateSnapshot, { name }: Question): readonly Found[] {
  return checkers
    .filter(({ id }) => id === name)
    .map((checker) => {
      const held = overrides.filter(({ target }) => target.kind === "checker" && target.checker === name);
      const reasoning = explainChecker(checker, held);
      return { kind: "checker", name, ...reasoning, checkers: [checker], overrides: held, concerns: [name] };
    });
}

function lastOf(events: readonly NumberedEvent[], concerns: readonly string[]): readonly NumberedEvent[] {
  const concerned = ({ event }: NumberedEvent) =>
    concerns.every((name) => wantsEvent({ contents: undefined, names: [name] }, event));
  return events.filter(concerned).slice(-mostEvents).reverse();
}
