// Transactions against children in memory that fail or disappear at every step.

import { describe, expect, test } from "bun:test";
import type { ApplyRequest } from "../../agent/control/words/request.ts";
import type { Event } from "../../agent/events/event.ts";
import { until } from "../support/until.ts";
import { webDocument, webDocumentWithoutPassword } from "./documents.ts";
import { MemoryAgent, noon, schedulerMissing } from "./memory-agent.ts";

const gone = new Error("it was killed");

function request(document: unknown, change: Partial<ApplyRequest> = {}): ApplyRequest {
  return { document, author: "test", reason: "", source: { kind: "api" }, validateOnly: false, ...change };
}

/** What runs where, by revision; 0 is the empty configuration. */
function everywhere(agent: MemoryAgent) {
  return {
    checkers: agent.checkers.runs?.revision,
    vrrp: agent.vrrp.runs?.revision,
    store: agent.store.running()?.revision.number,
    transactions: agent.transactions.running?.revision.number,
  };
}

const all = (revision: number) => ({ checkers: revision, vrrp: revision, store: revision, transactions: revision });

test("an applied configuration runs in both children and is the newest on disk", async () => {
  using agent = new MemoryAgent();
  const applied = await agent.apply(request(webDocument(), { reason: "first" }));
  expect(applied).toEqual({
    ok: true,
    value: {
      revision: {
        number: 1,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        author: "test",
        reason: "first",
        source: { kind: "api" },
        createdAt: noon,
        result: "applied",
      },
      phases: ["validate", "store", "checkers", "vrrp", "commit"].map((name) => ({ name, durationMs: 0 })),
      operations: { added: 2, updated: 0, removed: 0 },
      replayed: false,
      unchanged: false,
      warnings: [],
    },
  } as never);
  expect(everywhere(agent)).toEqual(all(1));
});

describe("when a step fails, the configuration before runs everywhere", () => {
  const cases = [
    [
      "the kernel refuses the table",
      "kernel-refused",
      (agent: MemoryAgent) => agent.checkers.mishaps.push([schedulerMissing]),
    ],
    [
      "checkers die while they configure",
      "child-unavailable",
      (agent: MemoryAgent) => agent.checkers.mishaps.push(gone),
    ],
    [
      "vrrp cannot add an address",
      "kernel-refused",
      (agent: MemoryAgent) => agent.vrrp.mishaps.push([schedulerMissing]),
    ],
    ["vrrp dies while it configures", "child-unavailable", (agent: MemoryAgent) => agent.vrrp.mishaps.push(gone)],
  ] as const;
  for (const [name, kind, arrange] of cases)
    test(name, async () => {
      using agent = new MemoryAgent();
      await agent.apply(request(webDocument()));
      arrange(agent);
      const refused = await agent.apply(request(webDocument({ priority: 200, weight: 20 })));
      expect(refused).toMatchObject({ ok: false, error: { kind } });
      expect(everywhere(agent)).toEqual(all(1));
      expect(agent.vrrp.runs?.model.instances[0]?.priority).toBe(150);
      expect(agent.transactions.settled).toBe(true);
    });
});

test("a child is not asked for a change that is none for it, and knows its revision all the same", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  await agent.apply(request(webDocument({ priority: 200 })));
  await agent.apply(request(webDocument({ priority: 200, weight: 20 })));
  expect(agent.checkers.calls).toEqual(["configure 1", "renumber 2", "configure 3"]);
  expect(agent.vrrp.calls).toEqual(["configure 1", "configure 2", "renumber 3"]);
  expect(everywhere(agent)).toEqual(all(3));
});

test("a child that turned out not to run its configuration is asked for the next one whatever it is", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  agent.transactions.repair();
  await agent.apply(request(webDocument({ priority: 200 })));
  expect(agent.checkers.calls).toEqual(["configure 1", "configure 2"]);
});

test("a revision that the kernel refused is kept as failed, and its number is not used again", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  agent.vrrp.mishaps.push([schedulerMissing]);
  await agent.apply(request(webDocument({ priority: 200 })));
  await agent.apply(request(webDocument({ priority: 201 })));
  expect(agent.store.revisions(9).map(({ number, result, failure }) => ({ number, result, failure }))).toEqual([
    { number: 3, result: "applied", failure: undefined },
    { number: 2, result: "failed", failure: "add service tcp 10.9.0.100:80: ENOENT (no such scheduler)" },
    { number: 1, result: "applied", failure: undefined },
  ] as never);
});

test("a failed first configuration leaves both children with nothing to do", async () => {
  using agent = new MemoryAgent();
  agent.vrrp.mishaps.push([schedulerMissing]);
  await agent.apply(request(webDocument()));
  expect(agent.checkers.runs).toEqual({ revision: 0, model: { virtualServers: [] } });
  expect(agent.vrrp.runs?.model.instances).toEqual([]);
  expect(agent.store.running()).toBeUndefined();
});

test("what could not be put back is told, and is put back as soon as the child takes it", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  agent.vrrp.mishaps.push([schedulerMissing]);
  agent.checkers.mishaps.push(undefined, gone, gone);
  const refused = await agent.apply(request(webDocument({ priority: 200, weight: 20 })));
  expect(refused).toMatchObject({
    ok: false,
    error: { kind: "rollback-failed", failures: [{ phase: "checkers", cause: { text: "it was killed" } }] },
  });
  await until(() => agent.transactions.settled, { what: "both children run revision 1 again" });
  expect(everywhere(agent)).toEqual(all(1));
});

test("when the store cannot mark the revision, the children go back", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  agent.vrrp.before = async () => {
    agent.vrrp.before = async () => {};
    agent.store.fail(2, { hash: "", document: "" }, "as if the disk were full");
  };
  await expect(agent.apply(request(webDocument({ priority: 200 })))).resolves.toMatchObject({
    ok: false,
    error: { kind: "store-failed" },
  });
  expect(everywhere(agent)).toEqual(all(1));
});

test("wrong input changes nothing and answers every problem", async () => {
  using agent = new MemoryAgent();
  const document = webDocument({ priority: 256, realServers: [{ address: "nowhere" }, { weight: 1 }] });
  const refused = await agent.apply(request(document));
  expect(
    refused.ok ? [] : refused.error.kind === "invalid-configuration" && refused.error.issues.map((i) => i.path),
  ).toEqual([
    "vrrp_instances[0].priority",
    "virtual_servers[0].real_servers[0].address",
    "virtual_servers[0].real_servers[1].address",
  ]);
  expect(agent.checkers.calls).toEqual([]);
});

test("the same request id answers the stored result again", async () => {
  using agent = new MemoryAgent();
  const first = await agent.apply(request(webDocument(), { requestId: "r-1" }));
  await agent.apply(request(webDocument({ priority: 99 })));
  const again = await agent.apply(request(webDocument(), { requestId: "r-1" }));
  expect(again.ok && first.ok && { ...again.value, phases: [], replayed: false }).toEqual({
    ...(first.ok && first.value),
    phases: [],
  } as never);
  expect(again.ok && again.value.replayed).toBe(true);
  expect(everywhere(agent)).toEqual(all(2));
});

test("what cannot be right on this machine is refused by validation, plan and change alike, and changes nothing", async () => {
  using agent = new MemoryAgent();
  const issue = {
    severity: "error",
    path: "notifications.mail.password_file",
    message: "no secret can be read",
  } as const;
  agent.remarks.push(issue);
  const document = webDocument();
  expect(await agent.transactions.validate({ document })).toEqual({ ok: true, value: { issues: [issue] } });
  const refusal = { ok: false, error: { kind: "invalid-configuration", issues: [issue] } };
  expect(await agent.transactions.plan({ document })).toMatchObject(refusal);
  expect(await agent.apply(request(document))).toMatchObject(refusal);
  expect(agent.transactions.running).toBeUndefined();
});

test("what this machine remarks about a right configuration is a warning of validation, plan and change alike", async () => {
  using agent = new MemoryAgent();
  const remark = { severity: "warning", path: "vrrp_instances[0].interface", message: "eth9 is not there" } as const;
  agent.remarks.push(remark);
  const document = webDocument();
  expect(await agent.validate({ document })).toMatchObject({ ok: true, value: { issues: [remark] } });
  expect(await agent.plan({ document })).toMatchObject({ ok: true, value: { warnings: [remark] } });
  expect(await agent.apply(request(webDocument()))).toMatchObject({ ok: true, value: { warnings: [remark] } });
});

test("a plan is made only for a change that names one, and refuses it when it cannot be made", async () => {
  using agent = new MemoryAgent();
  agent.checkers.refusePlan([schedulerMissing]);
  expect(await agent.apply(request(webDocument()))).toMatchObject({ ok: true });
  const named = { planHash: "as reviewed" };
  const refused = await agent.apply(request(webDocument({ priority: 200 }), named));
  expect(refused).toMatchObject({ ok: false, error: { kind: "kernel-refused", failures: [{ phase: "plan" }] } });
  agent.checkers.refusePlan(gone);
  const unasked = await agent.apply(request(webDocument({ priority: 200 }), named));
  expect(unasked).toMatchObject({ ok: false, error: { kind: "child-unavailable", phase: "plan" } });
  expect(everywhere(agent)).toEqual(all(1));
});

test("a request id that was used for other content is refused", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument(), { requestId: "r-1" }));
  const refused = await agent.apply(request(webDocument({ priority: 99 }), { requestId: "r-1" }));
  expect(refused).toEqual({ ok: false, error: { kind: "request-id-reused", requestId: "r-1" } });
});

test("a failed change may be tried again with its request id", async () => {
  using agent = new MemoryAgent();
  agent.vrrp.mishaps.push([schedulerMissing]);
  await agent.apply(request(webDocument(), { requestId: "r-1" }));
  expect(await agent.apply(request(webDocument(), { requestId: "r-1" }))).toMatchObject({
    ok: true,
    value: { replayed: false, revision: { number: 2 } },
  });
});

test("an expected revision that does not run is a mismatch; one that was overtaken while waiting is lost", async () => {
  using agent = new MemoryAgent();
  const first = agent.apply(request(webDocument(), { expectedRevision: 0 }));
  const overtaken = agent.apply(request(webDocument({ priority: 99 }), { expectedRevision: 0 }));
  expect(await first).toMatchObject({ ok: true });
  expect(await overtaken).toEqual({ ok: false, error: { kind: "revision-lost", expected: 0, actual: 1 } });
  expect(await agent.apply(request(webDocument({ priority: 98 }), { expectedRevision: 7 }))).toEqual({
    ok: false,
    error: { kind: "revision-mismatch", expected: 7, actual: 1 },
  });
});

test("a plan says how many checkers go on, begin anew and end", async () => {
  using agent = new MemoryAgent();
  const checkedAt = (...ports: number[]) => {
    const checkers = ports.map((port) => ({ tcp: { port } }));
    return webDocument({ realServers: [{ address: "10.9.0.11", checkers }] });
  };
  await agent.apply(request(checkedAt(81, 82)));
  const changes = { kept: 1, started: 2, ended: 1 };
  expect(await agent.plan({ document: checkedAt(82, 83, 84) })).toMatchObject({ value: { checkers: changes } });
});

test("a reviewed plan is applied only while it would still be the plan", async () => {
  using agent = new MemoryAgent();
  const plan = await agent.plan({ document: webDocument() });
  const hash = plan.ok ? plan.value.hash : "";
  agent.checkers.runs = undefined;
  expect(await agent.apply(request(webDocument({ priority: 99 }), { planHash: hash }))).toMatchObject({
    ok: false,
    error: { kind: "plan-changed", expected: hash },
  });
  expect(await agent.apply(request(webDocument(), { planHash: hash }))).toMatchObject({ ok: true });
});

test("a plan says what the kernel would be asked, what differs, and what VRRP would do", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  const document = webDocument({ priority: 99 });
  const plan = await agent.plan({ document: { ...document, virtualServers: [] } });
  expect(plan).toMatchObject({
    ok: true,
    value: {
      baseRevision: 1,
      planned: { first: [{ kind: "remove-service", key: { port: 80 } }], counts: { added: 0, updated: 0, removed: 1 } },
      differences: [
        { path: "vrrp_instances[web].priority", before: 150, after: 99 },
        { path: "virtual_servers[tcp 10.9.0.100:80]", after: undefined },
      ],
      vrrpEffects: [{ instance: "web", change: "changed", explanation: "priority 150 becomes 99" }],
    },
  });
  expect(everywhere(agent)).toEqual(all(1));
});

test("validate-only checks everything and touches nothing", async () => {
  using agent = new MemoryAgent();
  expect(await agent.apply(request(webDocument(), { validateOnly: true, requestId: "r" }))).toMatchObject({
    ok: true,
    value: { operations: { added: 2 }, unchanged: false, replayed: false },
  });
  expect(agent.checkers.calls).toEqual([]);
  expect(agent.store.revisions(9)).toEqual([]);
});

test("content that already runs makes no revision, touches no child, and remembers the file", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  const source = { kind: "file", path: "/etc/vipward.yaml", hash: "abc" } as const;
  expect(await agent.apply(request(webDocument(), { source }))).toMatchObject({
    ok: true,
    value: { unchanged: true, revision: { number: 1 } },
  });
  expect(agent.checkers.calls).toEqual(["configure 1"]);
  expect(agent.store.fileHash("/etc/vipward.yaml")).toBe("abc");
});

test("a password that is left out is kept from the running instance of that name; where there is none, it is missing", async () => {
  using agent = new MemoryAgent();
  expect(await agent.apply(request(webDocumentWithoutPassword(120)))).toMatchObject({ ok: false });
  await agent.apply(request(webDocument()));
  expect(await agent.apply(request(webDocumentWithoutPassword(120)))).toMatchObject({ ok: true });
  expect(agent.vrrp.runs?.model.instances[0]).toMatchObject({
    priority: 120,
    authentication: { type: "pass", password: "s3cret" },
  });
});

test("after a start, children that run the revision are left alone and others are given it", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  agent.vrrp.runs = undefined;
  expect(agent.transactions.load()).toEqual([]);
  expect(agent.transactions.settled).toBe(false);
  expect(await agent.transactions.resume()).toEqual([]);
  expect(agent.transactions.settled).toBe(true);
  expect(agent.checkers.calls).toEqual(["configure 1"]);
  expect(everywhere(agent)).toEqual(all(1));
});

test("after a start, the same content is given to the children even though it makes no difference", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument()));
  agent.transactions.load();
  agent.vrrp.runs = undefined;
  expect(await agent.apply(request(webDocument()))).toMatchObject({ ok: true, value: { unchanged: false } });
  expect(everywhere(agent)).toEqual(all(2));
});

test("a stopping agent refuses changes", async () => {
  using agent = new MemoryAgent();
  await agent.transactions.close();
  expect(await agent.apply(request(webDocument()))).toEqual({ ok: false, error: { kind: "stopping" } });
});

test("what was applied and what was refused are events without secrets", async () => {
  using agent = new MemoryAgent();
  await agent.apply(request(webDocument(), { reason: "web", requestId: "push-1" }));
  await agent.apply(
    request({ vrrpInstances: [{ authentication: { password: "too-long-secret" } }] }, { requestId: "push-2" }),
  );
  const events = agent.journal.since(0).events.map(({ event }) => event);
  expect(events).toMatchObject([
    { kind: "config-applied", revision: 1, author: "test", reason: "web", requestId: "push-1" },
    { kind: "config-rejected", author: "test", requestId: "push-2" },
  ]);
  expect(JSON.stringify(events)).not.toContain("secret");
});

test("what the kernel was asked on behalf of a call has its request id, and nothing else has", async () => {
  using agent = new MemoryAgent();
  const done = { kind: "ipvs-applied", added: 2, updated: 0, removed: 0, durationMs: 1 } as const;
  const told: Event[] = [];
  agent.checkers.after = async () => {
    for (const event of [{ ...done, revision: 1 }, { ...done, revision: 7 }, done])
      told.push(agent.transactions.linked(event));
  };
  await agent.apply(request(webDocument(), { requestId: "deploy-17" }));
  expect(told).toEqual([{ ...done, revision: 1, requestId: "deploy-17" }, { ...done, revision: 7 }, done]);
  expect(agent.transactions.linked({ ...done, revision: 1 })).toEqual({ ...done, revision: 1 });
});
