// Confirmed commits and health gates: what stays, what goes back, and that a restart changes nothing about it.

import { describe, expect, test } from "bun:test";
import type { ApplyRequest } from "../../agent/control/words/request.ts";
import type { Event } from "../../agent/events/event.ts";
import { webDocument } from "./documents.ts";
import { MemoryAgent, noon, schedulerMissing } from "./memory-agent.ts";

const minute = 60_000;
const confirmation = { id: "push-7", timeoutMs: 10 * minute };
const gate = { durationMs: 30_000, maxFailedRealServers: 1, ignoreQuorum: false, ignoreMastership: false };

function request(priority: number, change: Partial<ApplyRequest> = {}): ApplyRequest {
  const source = { kind: "api" } as const;
  return { document: webDocument({ priority }), author: "test", reason: "", source, validateOnly: false, ...change };
}

/** An agent on which priority 150 runs as revision 1, and 200 as revision 2 as this request says. */
async function after(change: Partial<ApplyRequest>): Promise<MemoryAgent> {
  const agent = new MemoryAgent();
  await agent.apply(request(150));
  expect(await agent.apply(request(200, change))).toMatchObject({ ok: true });
  return agent;
}

/** What runs: the revision everywhere, and the priority that tells its content. */
function runs(agent: MemoryAgent) {
  const { transactions, vrrp, checkers, store } = agent;
  const numbers = new Set([
    transactions.running?.revision.number,
    vrrp.runs?.revision,
    checkers.runs?.revision,
    store.running()?.revision.number,
  ]);
  return { revisions: [...numbers], priority: vrrp.runs?.model.instances[0]?.priority };
}

function events(agent: MemoryAgent): readonly Event[] {
  return agent.journal.since(0).events.map(({ event }) => event);
}

describe("a confirmed commit", () => {
  test("says when it goes back, and is shown in the state", async () => {
    using agent = await after({ confirmation });
    const pending = { id: "push-7", revision: 2, baseRevision: 1, author: "test", deadline: noon + 10 * minute };
    expect((await agent.state()).config).toMatchObject({ revision: 2, confirmation: pending });
  });

  test("stays when it is confirmed, and may be confirmed once more", async () => {
    using agent = await after({ confirmation });
    expect(await agent.changes.confirm({ id: "push-7", author: "alice" })).toMatchObject({
      ok: true,
      value: { outcome: "confirmed" },
    });
    expect(await agent.changes.confirm({ id: "push-7", author: "alice" })).toMatchObject({
      ok: true,
      value: { outcome: "confirmed" },
    });
    agent.now += 11 * minute;
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [2], priority: 200 });
    expect(events(agent)).toContainEqual({ kind: "config-confirmed", revision: 2, author: "alice", id: "push-7" });
    expect((await agent.state()).config.confirmation).toBeUndefined();
  });

  test("goes back as a new revision when its time has come", async () => {
    using agent = await after({ confirmation });
    agent.now += 10 * minute - 1;
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [2], priority: 200 });
    agent.now += 1;
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [3], priority: 150 });
    expect(events(agent).at(-1)).toEqual({
      kind: "config-rolled-back",
      revision: 3,
      from: 2,
      to: 1,
      author: "vipward",
      reason: "it was not confirmed in time",
    });
    expect(await agent.changes.confirm({ id: "push-7", author: "alice" })).toMatchObject({
      ok: false,
      error: { kind: "confirmation-ended", confirmation: { outcome: "expired" } },
    });
  });

  test("cannot be confirmed after its time, even before it went back", async () => {
    using agent = await after({ confirmation });
    agent.now += 10 * minute;
    expect(await agent.changes.confirm({ id: "push-7", author: "alice" })).toMatchObject({
      error: { kind: "confirmation-ended" },
    } as never);
  });

  test("goes back to nothing where nothing ran before", async () => {
    using agent = new MemoryAgent();
    await agent.apply(request(200, { confirmation }));
    expect(await agent.changes.cancel({ id: "push-7", author: "alice", reason: "wrong site" })).toMatchObject({
      ok: true,
    });
    expect(agent.vrrp.runs?.model.instances).toEqual([]);
    expect(runs(agent).revisions).toEqual([2]);
  });

  test("holds up other changes, also from a file, until it has ended", async () => {
    using agent = await after({ confirmation });
    const refused = { ok: false, error: { kind: "confirmation-pending", confirmation: { id: "push-7" } } };
    expect(await agent.apply(request(210))).toMatchObject(refused);
    const source = { kind: "file", path: "/etc/vipward.yaml", hash: "aa" } as const;
    expect(await agent.apply(request(210, { source }))).toMatchObject(refused);
    await agent.changes.cancel({ id: "push-7", author: "alice", reason: "" });
    expect(await agent.apply(request(210))).toMatchObject({ ok: true, value: { revision: { number: 4 } } });
  });

  test("is not waited for when the kernel refused the change", async () => {
    using agent = new MemoryAgent();
    await agent.apply(request(150));
    agent.vrrp.mishaps.push([schedulerMissing]);
    await agent.apply(request(200, { confirmation }));
    expect(agent.confirmations.pending).toBeUndefined();
    expect(await agent.changes.confirm({ id: "push-7", author: "alice" })).toMatchObject({
      error: { kind: "confirmation-not-found" },
    } as never);
    expect(await agent.apply(request(200, { confirmation }))).toMatchObject({ ok: true });
  });

  test("needs an id of its own", async () => {
    using agent = await after({ confirmation });
    await agent.changes.confirm({ id: "push-7", author: "alice" });
    expect(await agent.apply(request(210, { confirmation }))).toMatchObject({
      ok: false,
      error: { kind: "confirmation-id-reused", id: "push-7" },
    });
  });

  test("that the kernel does not take back stays pending, and goes back with the next attempt", async () => {
    using agent = await after({ confirmation });
    agent.vrrp.mishaps.push([schedulerMissing]);
    agent.now += 10 * minute;
    await agent.confirmations.look();
    expect(agent.confirmations.pending?.id).toBe("push-7");
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [4], priority: 150 });
  });

  test("is answered again under its request id, with what it waits for", async () => {
    using agent = await after({ confirmation, requestId: "r-1" });
    expect(await agent.apply(request(200, { confirmation, requestId: "r-1" }))).toMatchObject({
      ok: true,
      value: { replayed: true, confirmation: { id: "push-7", revision: 2 } },
    });
  });
});

describe("a restart", () => {
  test("before the time keeps it", async () => {
    const killed = await after({ confirmation });
    killed.kill();
    killed.now += 9 * minute;
    using agent = await new MemoryAgent(killed).start();
    expect(runs(agent)).toEqual({ revisions: [2], priority: 200 });
    agent.now += minute;
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [3], priority: 150 });
  });

  test("after the time goes back before the children are given anything", async () => {
    const killed = await after({ confirmation });
    killed.kill();
    killed.now += 10 * minute;
    const calls = killed.vrrp.calls.length;
    using agent = await new MemoryAgent(killed).start();
    expect(runs(agent)).toEqual({ revisions: [3], priority: 150 });
    expect(agent.vrrp.calls.slice(calls)).toEqual(["configure 3"]);
    expect(agent.store.revision(3)?.revision.reason).toBe("revision 2 goes back: it was not confirmed in time");
  });

  test("of a confirmed one changes nothing", async () => {
    const killed = await after({ confirmation });
    await killed.changes.confirm({ id: "push-7", author: "alice" });
    killed.kill();
    killed.now += 60 * minute;
    using agent = await new MemoryAgent(killed).start();
    expect(runs(agent)).toEqual({ revisions: [2], priority: 200 });
  });
});

describe("a health gate", () => {
  const realServerDown = (realServer: string): Event => ({
    kind: "real-server-changed",
    virtualServer: "tcp 10.9.0.100:80",
    realServer,
    up: false,
    reason: "connection refused",
  });

  test("that sees nothing bad lets the change stay", async () => {
    using agent = await after({ gate });
    agent.journal.report(realServerDown("10.9.0.11:80"));
    agent.now += 30_000;
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [2], priority: 200 });
    expect(agent.confirmations.pending).toBeUndefined();
  });

  test("takes it back when more real servers fail than may", async () => {
    using agent = await after({ gate });
    agent.journal.report(realServerDown("10.9.0.11:80"));
    agent.journal.report(realServerDown("10.9.0.12:80"));
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [3], priority: 150 });
    expect(agent.store.confirmation(`${agent.store.revision(2)?.revision.number}`)).toBeUndefined();
    expect(events(agent).at(-1)).toMatchObject({
      reason: "2 real servers failed, 1 may: tcp 10.9.0.100:80 -> 10.9.0.11:80, tcp 10.9.0.100:80 -> 10.9.0.12:80",
    });
  });

  test("that passed does not confirm what was also to be confirmed", async () => {
    using agent = await after({ gate, confirmation });
    agent.now += 31_000;
    await agent.confirmations.look();
    expect(agent.confirmations.pending?.id).toBe("push-7");
    agent.journal.report(realServerDown("10.9.0.11:80"));
    agent.journal.report(realServerDown("10.9.0.12:80"));
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [2], priority: 200 });
  });

  test("judges after a restart by what the journal has", async () => {
    const killed = await after({ gate });
    killed.journal.report({
      kind: "quorum-changed",
      virtualServer: "tcp 10.9.0.100:80",
      up: false,
      weight: 0,
      quorum: 1,
      hysteresis: 0,
    });
    killed.journal.flush();
    killed.kill();
    killed.now += 3_600_000;
    using agent = await new MemoryAgent(killed).start();
    await agent.confirmations.look();
    expect(runs(agent)).toEqual({ revisions: [3], priority: 150 });
  });
});
