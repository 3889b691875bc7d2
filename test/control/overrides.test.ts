// Overrides: they hold for a while beside the configuration, survive pushes and restarts, and end by themselves.

import { describe, expect, test } from "bun:test";
import { credentials } from "@grpc/grpc-js";
import {
  BalancerServiceClient,
  DrainRequest,
  type DrainResponse,
} from "../../agent/control/gen/vipward/v1/balancer_service.pb.ts";
import type { OverrideWish } from "../../agent/control/overrides/overrides.ts";
import { refusal, Served } from "./client.ts";
import { webDocument } from "./documents.ts";
import { MemoryAgent, noon, schedulerMissing } from "./memory-agent.ts";

const hour = 3_600_000;
const terms: OverrideWish = { author: "alice", reason: "new disks", forMs: hour };
const web = "tcp 10.9.0.100:80";
const realServers = ["10.9.0.11", "10.9.0.12"].map((address) => ({ address, weight: 10, checkers: [{ tcp: {} }] }));
const first = { kind: "real-server", virtualServer: web, realServer: "10.9.0.11:80" } as const;

async function applied(priority = 150, before?: MemoryAgent): Promise<MemoryAgent> {
  const agent = before ?? new MemoryAgent();
  const source = { kind: "api" } as const;
  const document = webDocument({ priority, realServers });
  expect(await agent.apply({ document, author: "test", reason: "", source, validateOnly: false })).toMatchObject({
    ok: true,
  });
  return agent;
}

function weights({ checkers }: MemoryAgent) {
  return checkers.runs?.model.virtualServers[0]?.realServers.map(({ weight }) => weight);
}

function instance({ vrrp }: MemoryAgent) {
  const [found] = vrrp.runs?.model.instances ?? [];
  return found && { priority: found.priority, preempt: found.preempt, heldBack: found.heldBack };
}

describe("an override", () => {
  test("holds when its call is answered, is in the state and in the journal, and makes no revision", async () => {
    using agent = await applied();
    const set = await agent.operations.overrides.set(first, { kind: "weight", weight: 3 }, terms);
    const override = { id: `weight ${web} -> 10.9.0.11:80`, author: "alice", reason: "new disks", until: noon + hour };
    expect(set).toMatchObject({ ok: true, value: override });
    expect(weights(agent)).toEqual([3, 10]);
    expect((await agent.state()).overrides).toMatchObject([override]);
    expect(agent.journal.since(0).events.at(-1)?.event).toMatchObject({ kind: "override-set", effect: "weight 3" });
    expect(agent.store.running()?.revision.number).toBe(1);
    expect(agent.transactions.running?.model.balancer.virtualServers[0]?.realServers[0]?.weight).toBe(10);
  });

  test("survives a push", async () => {
    using agent = await applied();
    await agent.operations.overrides.set(first, { kind: "drain" }, terms);
    await applied(200, agent);
    expect([weights(agent), instance(agent)?.priority]).toEqual([[0, 10], 200]);
  });

  test("survives a restart, and ends at its time", async () => {
    const killed = await applied();
    await killed.operations.overrides.set(first, { kind: "drain" }, terms);
    killed.kill();
    killed.checkers.runs = undefined;
    using agent = await new MemoryAgent(killed).start();
    expect(weights(agent)).toEqual([0, 10]);
    agent.now += hour;
    await agent.operations.overrides.look();
    expect(weights(agent)).toEqual([10, 10]);
    expect(agent.journal.since(0).events.at(-1)?.event).toMatchObject({
      kind: "override-ended",
      reason: "its time is over",
    });
  });

  test("whose time came while nobody ran never holds again", async () => {
    const killed = await applied();
    await killed.operations.overrides.set(first, { kind: "drain" }, terms);
    killed.kill();
    killed.checkers.runs = undefined;
    killed.now += hour;
    using agent = await new MemoryAgent(killed).start();
    expect(weights(agent)).toEqual([10, 10]);
    expect(agent.store.overrides()).toEqual([]);
  });

  test("of a target takes the place of the one before", async () => {
    using agent = await applied();
    await agent.operations.overrides.set(first, { kind: "weight", weight: 3 }, terms);
    await agent.operations.overrides.set(first, { kind: "weight", weight: 5 }, { ...terms, forMs: 2 * hour });
    expect(agent.operations.overrides.list()).toMatchObject([{ effect: { weight: 5 }, until: noon + 2 * hour }]);
  });

  test("that the kernel refuses is told, and is given again until it holds", async () => {
    using agent = await applied();
    agent.checkers.mishaps.push([schedulerMissing]);
    expect(await agent.operations.overrides.set(first, { kind: "drain" }, terms)).toMatchObject({
      ok: false,
      error: { kind: "kernel-refused" },
    });
    await agent.transactions.reapply();
    expect(weights(agent)).toEqual([0, 10]);
  });

  test("of what is not there is refused", async () => {
    using agent = await applied();
    const { overrides } = agent.operations;
    const missing = { ok: false, error: { kind: "object-not-found" } };
    expect(await overrides.set({ ...first, realServer: "10.9.0.99:80" }, { kind: "drain" }, terms)).toMatchObject(
      missing,
    );
    expect(await overrides.transfer("other", terms)).toMatchObject(missing);
    expect(await overrides.clear(({ id }) => id === "nothing", "alice")).toMatchObject(missing);
    using empty = new MemoryAgent();
    expect(await empty.operations.overrides.transfer("web", terms)).toMatchObject({
      error: { kind: "no-configuration" },
    } as never);
  });

  test("of a log level gives no child a configuration, survives a restart, and ends at its time", async () => {
    const killed = new MemoryAgent();
    const { overrides } = killed.operations;
    expect(await overrides.setLogLevel(["vrrp"], "debug", terms)).toMatchObject({
      ok: true,
      value: [{ id: "log-level vrrp", until: noon + hour }],
    });
    await overrides.setLogLevel(["control", "checkers"], "error", { ...terms, forMs: 2 * hour });
    expect([killed.checkers.calls, killed.vrrp.calls]).toEqual([[], []]);
    killed.kill();
    using agent = await new MemoryAgent(killed).start();
    expect(agent.logLevels).toEqual({ control: "error", vrrp: "debug", checkers: "error" });
    agent.now += hour;
    await agent.operations.overrides.look();
    expect(agent.logLevels).toEqual({ control: "error", vrrp: undefined, checkers: "error" });
    await agent.operations.overrides.clear(({ id }) => id === "log-level control", "alice");
    expect(agent.logLevels).toEqual({ control: undefined, vrrp: undefined, checkers: "error" });
    expect(agent.vrrp.calls).toEqual([]);
  });

  test("of a log level is not for those who may touch some virtual servers only", async () => {
    using agent = await applied();
    const limited = { ...terms, mayTouch: () => true };
    expect(await agent.operations.overrides.setLogLevel(["vrrp"], "debug", limited)).toMatchObject({
      error: { kind: "outside-scope" },
    } as never);
  });

  test("may be limited to virtual servers", async () => {
    using agent = await applied();
    const limited = { ...terms, mayTouch: (name: string) => name !== web };
    const { overrides } = agent.operations;
    const refused = { ok: false, error: { kind: "outside-scope" } };
    expect(await overrides.set(first, { kind: "drain" }, limited)).toMatchObject(refused);
    expect(await overrides.set({ kind: "node" }, { kind: "drain" }, limited)).toMatchObject(refused);
    expect(await overrides.transfer("web", limited)).toMatchObject(refused);
  });
});

describe("what they do", () => {
  test("draining a virtual server or the node drains all its real servers, whatever their weight", async () => {
    using agent = await applied();
    const { overrides } = agent.operations;
    await overrides.set(first, { kind: "weight", weight: 3 }, terms);
    for (const target of [{ kind: "virtual-server", virtualServer: web }, { kind: "node" }] as const) {
      await overrides.set(target, { kind: "drain" }, terms);
      expect(weights(agent)).toEqual([0, 0]);
      await overrides.clear(({ effect }) => effect.kind === "drain", "alice");
      expect(weights(agent)).toEqual([3, 10]);
    }
  });

  test("a transfer holds the instance back, and then keeps it behind the others", async () => {
    using agent = await applied();
    await agent.operations.overrides.transfer("web", terms);
    expect(instance(agent)).toEqual({ priority: 150, preempt: true, heldBack: "given away by alice: new disks" });
    agent.now += 4000;
    await agent.operations.overrides.look();
    expect(instance(agent)).toEqual({ priority: 1, preempt: false, heldBack: undefined });
    agent.now += hour;
    await agent.operations.overrides.look();
    expect(instance(agent)).toEqual({ priority: 150, preempt: true, heldBack: undefined });
  });

  test("a paused checker keeps its place", async () => {
    using agent = await applied();
    const checker = () => agent.checkers.runs?.model.virtualServers[0]?.realServers[0]?.checkers[0];
    const id = checker()?.id ?? "";
    await agent.operations.overrides.set({ kind: "checker", checker: id }, { kind: "pause" }, terms);
    expect(checker()).toMatchObject({ id, paused: true });
  });

  test("a priority is that of the instance", async () => {
    using agent = await applied();
    await agent.operations.overrides.set(
      { kind: "vrrp-instance", instance: "web" },
      { kind: "priority", priority: 42 },
      terms,
    );
    expect(instance(agent)?.priority).toBe(42);
  });
});

describe("through the API", () => {
  const target = {
    target: { $case: "realServer", value: { virtualServer: web, realServer: "10.9.0.11:80" } },
  } as const;

  /** A served agent whose first real server has connections. */
  async function busy(active: () => number): Promise<Served> {
    const served = await Served.start();
    await applied(150, served.agent);
    const { agent } = served;
    const plainState = agent.state;
    agent.state = async () => {
      const realServer = { name: "10.9.0.11:80", activeConnections: active(), inactiveConnections: 2 };
      const servers = [{ name: web, realServers: [realServer, { ...realServer, name: "10.9.0.12:80" }] }];
      return { ...(await plainState()), virtualServers: servers as never };
    };
    return served;
  }

  async function drain(served: Served, change: Partial<DrainRequest>): Promise<DrainResponse[]> {
    const client = new BalancerServiceClient(served.target, credentials.createInsecure());
    const messages: DrainResponse[] = [];
    try {
      for await (const message of client.drain(DrainRequest.create({ target, ...change }))) messages.push(message);
    } finally {
      client.close();
    }
    return messages;
  }

  test("a drain tells how many connections are left until they are few enough", async () => {
    let active = 9;
    await using served = await busy(() => (active -= 4));
    const messages = await drain(served, { connectionFloor: 1 });
    expect(messages.map(({ activeConnections, drained }) => [activeConnections, drained])).toEqual([
      [5n, false],
      [1n, true],
    ]);
    expect(weights(served.agent)).toEqual([0, 10]);
  });

  test("a drain that takes too long says so, and goes on", async () => {
    await using served = await busy(() => 7);
    const messages = await drain(served, { deadline: { seconds: 0n, nanos: 0 } });
    expect(messages).toMatchObject([{ activeConnections: 7n, drained: false, deadlineExceeded: true }]);
    expect(weights(served.agent)).toEqual([0, 10]);
  });

  test("a drain of nothing is refused", async () => {
    await using served = await busy(() => 0);
    expect(await refusal(drain(served, { target: undefined }))).toMatchObject({
      BadRequest: { fieldViolations: [{ field: "target" }] },
    });
  });
});

test("reconciling tells what differs and makes it so", async () => {
  using agent = await applied();
  expect(await agent.operations.reconcile(true)).toMatchObject({ ok: true, value: { first: [] } });
  agent.checkers.runs = undefined;
  const asked = await agent.operations.reconcile(true);
  expect(asked).toMatchObject({ ok: true, value: { first: [{ kind: "add-service" }, {}, {}] } });
  expect(agent.checkers.runs).toBeUndefined();
  expect(await agent.operations.reconcile(false)).toEqual(asked);
  expect(weights(agent)).toEqual([10, 10]);
});
