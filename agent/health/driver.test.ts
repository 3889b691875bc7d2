import { expect, test } from "bun:test";
import { checker, realServer, service, tcp, virtualServer } from "../../test/balancer/model-builders.ts";
import { passed, refused, World } from "../../test/health/world.ts";
import { type Milliseconds, milliseconds, seconds } from "../base/duration.ts";
import type { CheckerModel } from "../config/model.ts";

test("new checkers spread their first probes over the warmup", async () => {
  const world = new World();
  const checkers = Array.from({ length: 200 }, (_, index) => checker(`c${index}`, { warmup: seconds(10) }));
  world.configure(...checkers);
  await world.advance(4_999);
  expect(world.attempts.length).toBeWithin(70, 130);
  await world.advance(5_001);
  expect(new Set(world.attempts.map(({ id }) => id)).size).toBe(200);
});

test("an unchanged checker keeps its history and its schedule when others come and go", async () => {
  const world = new World();
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(4_000);
  const before = world.health.views();
  world.configure(checker("a", { warmup: seconds(0) }), checker("b"));
  expect(world.health.views()[0]).toEqual(before[0]);
  await world.advance(5_999);
  expect(world.attempts.filter(({ id }) => id === "a")).toHaveLength(1);
  await world.advance(1);
  expect(world.attempts.filter(({ id }) => id === "a").map(({ at }) => at)).toEqual([0, 10_000]);
});

test("a checker that is gone is cancelled with its probe, and says nothing more", async () => {
  const world = new World({ answer: "never" });
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(0);
  world.configure();
  expect(world.attempts[0]?.signal.aborted).toBe(true);
  world.attempts[0]?.finish(refused);
  await world.advance(60_000);
  expect(world.events).toEqual([]);
  expect(world.attempts).toHaveLength(1);
  expect(world.health.views()).toEqual([]);
});

test("a paused checker does not probe, keeps its verdict, and goes on where it was", async () => {
  const world = new World();
  const every = { warmup: seconds(0) };
  world.configure(checker("a", every));
  await world.advance(0);
  world.configure(checker("a", { ...every, paused: true }));
  await world.advance(60_000);
  expect(world.attempts).toHaveLength(1);
  expect(world.health.views()[0]?.state).toBe("up");
  world.configure(checker("a", every));
  await world.advance(5);
  expect(world.attempts).toHaveLength(2);
});

test("a checker that is told to probes at once, and then as before", async () => {
  const world = new World();
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(4_000);
  expect([world.health.probeNow("a"), world.health.probeNow("other")]).toEqual([true, false]);
  await world.advance(10_000);
  expect(world.attempts.map(({ at }) => at)).toEqual([0, 4_000, 14_000]);
});

test("a real server goes out with its first checker and comes back with its last", async () => {
  const world = new World();
  world.answers.set("b", refused);
  const every = { warmup: seconds(0), retries: 0 };
  world.configure(checker("a", every), checker("b", every));
  await world.advance(0);
  expect(world.changes()).toEqual(["down: tcp 10.9.0.11:80: connection refused"]);
  world.answers.set("a", refused);
  await world.advance(10_000);
  world.answers.set("b", passed);
  await world.advance(10_000);
  expect(world.changes()).toHaveLength(1);
  world.answers.set("a", passed);
  await world.advance(10_000);
  expect(world.changes()).toEqual(["down: tcp 10.9.0.11:80: connection refused", "up: tcp 10.9.0.11:80: connected"]);
  expect(world.verdicts).toBe(2);
});

test("a first success of a server that was in the pool anyway changes no pool", async () => {
  const world = new World();
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(0);
  expect(world.events.map(({ kind }) => kind)).toEqual(["checker-changed"]);
  expect(world.verdicts).toBe(0);
});

test("a server that starts down comes in with its first success", async () => {
  const world = new World();
  world.configure(checker("a", { warmup: seconds(1), startDown: true }));
  expect(world.isUp()).toBe(false);
  await world.advance(1_000);
  expect(world.isUp()).toBe(true);
  expect(world.changes()).toEqual(["up: tcp 10.9.0.11:80: connected"]);
});

test("a certificate that ends soon is told once, and again when it was renewed", async () => {
  const world = new World();
  const day = 86_400_000;
  const watched = (warnBefore: Milliseconds) => ({
    serverName: undefined,
    verify: false,
    caFile: undefined,
    warnBefore,
  });
  const one = {
    ...checker("a", { warmup: seconds(0) }),
    probe: { ...tcp(), kind: "tls", tls: watched(milliseconds(14 * day)) },
  };
  const server = virtualServer([realServer("10.9.0.11", { checkers: [one as CheckerModel] })]);
  const end = world.clock.wall() + 10 * day;
  world.answers.set("?", { ...passed, certificateEnd: end });
  world.health.configure([server]);
  await world.advance(30_000);
  const about = { kind: "server-certificate-changed" as const, checker: "a", virtualServer: "tcp 10.9.0.100:80" };
  const told = () => world.events.filter(({ kind }) => kind === "server-certificate-changed");
  expect(told()).toEqual([{ ...about, realServer: "10.9.0.11:80", expiring: true, notAfter: end }]);
  expect(world.health.views()[0]?.certificateEnd).toBe(end);
  world.answers.set("?", { ...passed, certificateEnd: end + 90 * day });
  await world.advance(30_000);
  expect(told().slice(1)).toEqual([
    { ...about, realServer: "10.9.0.11:80", expiring: false, notAfter: end + 90 * day },
  ]);
  expect(world.isUp()).toBe(true);
});

test("every failed attempt is said in the log where that is asked for", async () => {
  const world = new World();
  for (const id of ["a", "b"]) world.answers.set(id, refused);
  const quiet = checker("b", { warmup: seconds(0) });
  world.configure(checker("a", { warmup: seconds(0), logsAllFailures: true }), quiet);
  await world.advance(10_000);
  expect(world.lines).toEqual(["probe-failed connection refused", "probe-failed connection refused"]);
});

test("a probe that could not be made is no failure of the server, and is shown", async () => {
  const world = new World();
  world.answers.set("a", { kind: "not-made", detail: "could not be tried: no descriptor" });
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(0);
  expect(world.isUp()).toBe(true);
  expect(world.events).toEqual([]);
  expect(world.health.views()[0]).toMatchObject({
    state: "unknown",
    probes: 1,
    failures: 0,
    lastProbe: { passed: false, detail: "could not be tried: no descriptor" },
  });
});

test("a BFD session that has changed is looked at at once by its checkers, and by no others", async () => {
  const world = new World({ answer: "at once" });
  const looking = (session: string): Partial<CheckerModel> => ({
    ...{ warmup: seconds(0), delay: seconds(60), retries: 0 },
    probe: { kind: "bfd", session, timeout: seconds(10) },
  });
  world.configure(checker("a", looking("edge")), checker("b", looking("other")));
  await world.advance(1_000);
  world.health.probeSession("edge");
  await world.advance(0);
  expect(world.attempts.filter(({ at }) => at > 0)).toMatchObject([{ id: "a", at: 1_000 }]);
});

test("a probe that throws against its contract counts as one that could not be made", async () => {
  const world = new World({ answer: "throw" });
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(0);
  expect(world.health.views()[0]).toMatchObject({
    state: "unknown",
    lastProbe: { detail: "could not be tried: broken" },
  });
});

test("the same check configured twice is one checker, and leaves nothing behind", async () => {
  const world = new World();
  world.configure(checker("a", { warmup: seconds(0) }), checker("a", { warmup: seconds(0) }));
  await world.advance(10_000);
  expect(world.attempts).toHaveLength(2);
  world.configure();
  await world.advance(60_000);
  expect(world.attempts).toHaveLength(2);
  expect(world.clock.nextDeadline()).toBeUndefined();
});

test("many probes that are due at once are started a few at a time, and others have as long in between", async () => {
  const world = new World({ probeCost: 1 });
  world.configure(...Array.from({ length: 100 }, (_, index) => checker(`c${index}`, { warmup: seconds(0) })));
  await world.advance(0);
  expect(world.attempts).toHaveLength(10);
  await world.advance(9);
  expect(world.attempts).toHaveLength(10);
  await world.advance(1);
  expect(world.attempts).toHaveLength(20);
  await world.advance(1_000);
  expect(world.attempts).toHaveLength(100);
});

test("one attempt of a checker runs at a time", async () => {
  const world = new World({ answer: "never" });
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(60_000);
  expect(world.attempts).toHaveLength(1);
});

test("what a checker makes of a weight counts from that attempt on, is told once, and goes with the checker", async () => {
  const world = new World();
  world.configure(checker("a", { warmup: seconds(0), delay: seconds(10) }));
  world.answers.set("a", { ...passed, weight: { kind: "set", weight: 7 } });
  await world.advance(1_000);
  expect(world.weight()).toBe(7);
  expect(world.verdicts).toBe(1);
  await world.advance(10_000);
  world.answers.set("a", passed);
  await world.advance(10_000);
  expect(world.weight()).toBe(7);
  expect(world.events.filter(({ kind }) => kind === "real-server-weight-changed")).toEqual([
    {
      kind: "real-server-weight-changed",
      virtualServer: "tcp 10.9.0.100:80",
      realServer: "10.9.0.11:80",
      from: 1,
      to: 7,
      reason: `tcp 10.9.0.11:80: ${passed.detail}`,
    },
  ]);
  world.configure(checker("b"));
  expect(world.weight()).toBe(1);
});

test("checkers that probe the same at the same pace share each attempt, and each keeps its own history", async () => {
  const world = new World({ answer: "never" });
  const same = tcp();
  const own = (id: string) => ({ ...checker(id, { warmup: seconds(5), delay: seconds(10) }), probe: same });
  const servers = ["10.9.0.100", "10.9.0.101", "10.9.0.102"].map((address, index) =>
    virtualServer([realServer("10.9.0.11", { checkers: [own(`c${index}`)] })], service(address)),
  );
  world.health.configure(servers);
  await world.advance(5_000);
  expect(world.attempts).toHaveLength(1);
  world.attempts[0]?.finish({ kind: "failed", detail: "refused" });
  await world.advance(0);
  expect(world.changes()).toHaveLength(3);
  expect(world.health.views().map(({ probes, lastProbe }) => [probes, lastProbe?.detail])).toEqual(
    servers.map(() => [1, "refused"]),
  );
  await world.advance(10_000);
  expect(world.attempts).toHaveLength(2);
  // One reader that goes leaves the attempt to the others; the last one ends it.
  world.health.configure(servers.slice(0, 1));
  expect(world.attempts[1]?.signal.aborted).toBe(false);
  world.health.configure([]);
  expect(world.attempts[1]?.signal.aborted).toBe(true);
});

test("the checkers of a virtual server whose address is elsewhere ask nothing, and go on when it comes", async () => {
  const held = new Set<string>();
  const world = new World({ addresses: () => held });
  const one = { ...checker("a", { warmup: seconds(0), delay: seconds(2) }), probe: tcp() };
  const server = {
    ...virtualServer([realServer("10.9.0.11", { checkers: [one] })]),
    suspendsWithoutAddress: true as const,
  };
  world.health.configure([server]);
  await world.advance(10_000);
  expect(world.attempts).toHaveLength(0);
  expect(world.health.views()[0]?.suspended).toBe(true);
  held.add("10.9.0.100");
  await world.advance(2_000);
  expect(world.attempts.length).toBeGreaterThan(0);
  world.health.configure([virtualServer([realServer("10.9.0.11", { checkers: [one] })])]);
  held.clear();
  await world.advance(4_000);
  const free = world.attempts.length;
  await world.advance(4_000);
  expect(world.attempts.length).toBeGreaterThan(free);
  world.health.configure([server]);
  await world.advance(1_000);
  const before = world.attempts.length;
  await world.advance(10_000);
  expect(world.attempts).toHaveLength(before);
});

/** A driver with probes that answer as they are told, on a clock that stands still. */
