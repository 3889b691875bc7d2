// Real servers that a change removes and that are drained first, because it asks for that.

import { expect, test } from "bun:test";
import type { ApplyRequest } from "../../agent/control/words/request.ts";
import { webDocument } from "./documents.ts";
import { MemoryAgent, schedulerMissing } from "./memory-agent.ts";

const minute = 60_000;
const both = ["10.9.0.11", "10.9.0.12"];

function apply(agent: MemoryAgent, addresses: readonly string[], more: Partial<ApplyRequest> = {}) {
  const realServers = addresses.map((address) => ({ address, weight: 10, checkers: [{ tcp: {} }] }));
  const document = webDocument({ realServers });
  return agent.apply({ document, author: "alice", reason: "", source: { kind: "api" }, validateOnly: false, ...more });
}

const drained: Partial<ApplyRequest> = { drainRemoved: { forMs: 5 * minute, floor: 0 } };

function pool({ checkers }: MemoryAgent): string[] {
  const [server] = checkers.runs?.model.virtualServers ?? [];
  return (server?.realServers ?? []).map(({ name, weight, checkers: own }) => `${name} ${weight} ${own.length}`);
}

function whys({ journal }: MemoryAgent): string[] {
  return journal.since(0).events.flatMap(({ event }) => (event.kind === "override-ended" ? [event.reason] : []));
}

test("what is new is there at once, and what goes stays with weight 0 until its connections have ended", async () => {
  using agent = new MemoryAgent();
  await apply(agent, both);
  agent.activeConnections = 3;
  const answer = await apply(agent, ["10.9.0.11", "10.9.0.13"], drained);
  expect(answer).toMatchObject({ ok: true, value: { draining: ["tcp 10.9.0.100:80 -> 10.9.0.12:80"] } });
  expect(pool(agent)).toEqual(["10.9.0.11:80 10 1", "10.9.0.13:80 10 1", "10.9.0.12:80 0 0"]);
  await agent.operations.overrides.look();
  expect(pool(agent)).toHaveLength(3);
  agent.activeConnections = 0;
  await agent.operations.overrides.look();
  expect(pool(agent)).toEqual(["10.9.0.11:80 10 1", "10.9.0.13:80 10 1"]);
  expect(whys(agent)).toEqual(["its connections have ended"]);
});

test("it goes at its deadline, also where nobody knows its connections, and after a restart", async () => {
  const killed = new MemoryAgent();
  await apply(killed, both);
  await apply(killed, ["10.9.0.11"], drained);
  killed.kill();
  killed.checkers.runs = undefined;
  using agent = await new MemoryAgent(killed).start();
  expect(pool(agent)).toEqual(["10.9.0.11:80 10 1", "10.9.0.12:80 0 0"]);
  agent.now += 5 * minute;
  await agent.operations.overrides.look();
  expect(pool(agent)).toEqual(["10.9.0.11:80 10 1"]);
  expect(whys(agent)).toEqual(["its time is over"]);
});

test("a change that does not ask for it removes at once, and one that is refused leaves no trace", async () => {
  using agent = new MemoryAgent();
  await apply(agent, both);
  agent.checkers.mishaps.push([schedulerMissing]);
  expect(await apply(agent, ["10.9.0.11"], drained)).toMatchObject({ ok: false });
  expect(agent.operations.overrides.list()).toEqual([]);
  expect(pool(agent)).toEqual(["10.9.0.11:80 10 1", "10.9.0.12:80 10 1"]);
  await apply(agent, ["10.9.0.11"]);
  expect(pool(agent)).toEqual(["10.9.0.11:80 10 1"]);
});

test("a real server that is configured again while it goes is in with its weight", async () => {
  using agent = new MemoryAgent();
  await apply(agent, both);
  agent.activeConnections = 3;
  await apply(agent, ["10.9.0.11"], drained);
  await apply(agent, both);
  expect(pool(agent)).toEqual(["10.9.0.11:80 10 1", "10.9.0.12:80 10 1"]);
  await agent.operations.overrides.look();
  expect(whys(agent)).toEqual(["it is configured again"]);
});
