// BFD drivers on a network in memory: RFC 5881 and 5883's ports and hops, what those who follow sessions are told, restarts, and random lives.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import { seededRandom } from "../../agent/base/random.ts";
import { encodeControlPacket } from "../../agent/bfd/core/control-packet.ts";
import { session, World } from "./world.ts";

describe("a session", () => {
  test("comes up on both ends, and each tells it once", () => {
    const world = new World();
    const [a, b] = world.pair();
    world.wait(3000);
    expect([a.state, b.state]).toEqual(["up", "up"]);
    expect([a.changes, b.changes]).toEqual([[true], [true]]);
    expect(a.driver.views()).toMatchObject([{ transmitIntervalMs: 10, detectionTimeMs: 50, timesUp: 1, refused: {} }]);
  });

  test("is down on both ends within the detection time when one of them is cut off", () => {
    const world = new World();
    const [a, b] = world.pair();
    world.wait(3000);
    world.mute(a, b);
    world.wait(51);
    expect([a.state, b.state]).toEqual(["down", "down"]);
    expect(a.events.at(-1)).toMatchObject({ up: false, reason: "was not heard for 50ms" });
  });

  test("is down on both ends when packets come through in one direction only", () => {
    const world = new World();
    const [a, b] = world.pair();
    world.wait(3000);
    world.mute(a);
    world.wait(51);
    expect([a.state, b.state]).toEqual(["init", "down"]);
    expect(a.events.at(-1)).toMatchObject({
      up: false,
      reason: "was ended by its neighbour (control detection time expired)",
    });
  });

  test("that is stopped is down on the other end at once", () => {
    const world = new World();
    const [a, b] = world.pair();
    world.wait(3000);
    a.driver.stop();
    world.wait(0);
    expect(b.events.at(-1)).toMatchObject({ up: false, reason: "was ended by its neighbour (administratively down)" });
  });

  test("between two passive ends never begins, and with one it does", () => {
    const world = new World();
    const silent = world.pair({ passive: true });
    world.wait(6000);
    expect(silent.map(({ state }) => state)).toEqual(["down", "down"]);
    expect(world.wire.sent).toEqual([]);
    const other = new World();
    const pair = other.pair({ passive: true }, {});
    other.wait(3000);
    expect(pair.map(({ state }) => state)).toEqual(["up", "up"]);
  });

  test("sends together with others, and never sooner than 75 % or later than 100 % of its interval", () => {
    const world = new World();
    const a = world.host("10.9.0.1");
    const others = Array.from({ length: 8 }, (_, index) => world.host(`10.9.0.${index + 2}`));
    a.driver.configure(others.map(({ address }) => session(address)));
    for (const other of others) other.driver.configure([session(a.address)]);
    world.wait(6000);
    const begun = world.wire.sent.length;
    world.wait(1000);
    const sent = world.wire.sent.slice(begun).filter(({ from }) => from === a.address);
    for (const { address } of others) {
      const times = sent.filter(({ options }) => options.destination === address).map(({ at }) => at);
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      for (const gap of gaps) expect(gap).toBeWithin(7.499, 10.001);
    }
    expect(new Set(sent.map(({ at }) => at)).size).toBeLessThan(sent.length / 4);
  });

  test("over IPv6 is the same", () => {
    const world = new World();
    const [a, b] = [world.host("2001:db8::1"), world.host("2001:db8::2")];
    a.driver.configure([session("2001:db8::2")]);
    b.driver.configure([session("2001:db8::1")]);
    world.wait(3000);
    expect([a.state, b.state]).toEqual(["up", "up"]);
  });

  test("that is configured otherwise stays up, and both ends take the new intervals", () => {
    const world = new World();
    const [a, b] = world.pair();
    world.wait(3000);
    a.driver.configure([session("10.9.0.2", { minTx: milliseconds(200), multiplier: 3 })]);
    world.wait(2000);
    expect([a.changes, b.changes]).toEqual([[true], [true]]);
    expect(a.driver.views()).toMatchObject([{ transmitIntervalMs: 200, detectionTimeMs: 50 }]);
    expect(b.driver.views()).toMatchObject([{ transmitIntervalMs: 10, detectionTimeMs: 600 }]);
  });
});

describe("RFC 5881 and RFC 5883", () => {
  test("packets go to port 3784 from one port of 49152 to 65535, over several hops to 4784", () => {
    const world = new World();
    world.pair();
    world.wait(3000);
    const ports = new Set(world.wire.sent.map(({ from, options }) => `${from} ${options.port} ${options.timeToLive}`));
    expect([...ports].sort()).toEqual(["10.9.0.1 3784 255", "10.9.0.2 3784 255"]);
    const sources = new Set(world.wire.sent.map(({ from, options }) => `${from} ${options.sourcePort}`));
    expect(sources.size).toBe(2);
    for (const { options } of world.wire.sent) expect(options.sourcePort).toBeWithin(49152, 65536);
    const far = new World();
    far.pair({ multihop: true });
    far.wait(100);
    expect(far.wire.sent[0]?.options.port).toBe(4784);
  });

  test("a packet that has taken more hops than it may is refused, counted, and no sign of life", () => {
    const world = new World();
    world.wire.conditions = { ...world.wire.conditions, hops: 3 };
    const [a, b] = world.pair({ multihop: true, maxHops: 2 });
    world.wait(6000);
    const refused = { "time-to-live is too low": b.driver.views()[0]?.sent };
    expect(a.driver.views()).toMatchObject([{ state: "down", received: 0, refused }]);
    const other = new World();
    other.wire.conditions = { ...other.wire.conditions, hops: 3 };
    const pair = other.pair({ multihop: true, maxHops: 3 });
    other.wait(3000);
    expect(pair.map(({ state }) => state)).toEqual(["up", "up"]);
  });

  test("a packet for no session is counted, and a session does not hear what came to the other port", () => {
    const world = new World();
    const [a] = world.pair();
    world.wait(3000);
    const packet = encodeControlPacket({
      ...{ diagnostic: "no diagnostic", state: "down", poll: false, final: false, demand: false, multiplier: 5 },
      ...{ myDiscriminator: 5, yourDiscriminator: 4711, desiredMinTx: milliseconds(1), requiredMinRx: milliseconds(1) },
    });
    const inject = (payload: Uint8Array) => world.wire.inject(ip("10.9.0.9"), a.address, 3784, 255, payload.slice());
    inject(packet);
    inject(packet.fill(0, 8, 12));
    inject(packet.fill(0, 4, 8));
    world.wait(1);
    expect(a.driver.strays()).toEqual({
      "no session has this discriminator": 1,
      "no session with this neighbour": 1,
      "my discriminator is zero": 1,
    });
  });
});

describe("whoever follows a session", () => {
  test("is told that it has not come up yet, and after five seconds that it is down", () => {
    const world = new World();
    const a = world.host("10.9.0.1");
    a.driver.configure([session("10.9.0.2")]);
    expect(a.told).toMatchObject([{ reading: { up: false, settled: false, reason: "has not come up yet" } }]);
    world.wait(4999);
    expect(a.told).toHaveLength(1);
    world.wait(1);
    expect(a.told.at(-1)).toMatchObject({ reading: { up: false, settled: true } });
    expect(a.changes).toEqual([false]);
  });

  test("is told nothing of a process that is replaced, when the session is up again within five seconds", () => {
    const world = new World();
    const [a, b] = world.pair();
    world.wait(3000);
    a.crash();
    world.wait(500);
    a.driver.configure([session("10.9.0.2")]);
    expect(a.driver.reading("to 10.9.0.2")).toMatchObject({ up: true, settled: false });
    expect(b.state).toBe("down");
    world.wait(4000);
    expect([a.state, b.state]).toEqual(["up", "up"]);
    expect(a.changes).toEqual([true]);
  });

  test("a neighbour does not notice a process that is back within its detection time", () => {
    const world = new World();
    const [a, b] = world.pair({ minTx: milliseconds(300), minRx: milliseconds(300), multiplier: 3 });
    world.wait(5000);
    a.crash();
    world.wait(400);
    a.driver.configure([session("10.9.0.2", { minTx: milliseconds(300), minRx: milliseconds(300), multiplier: 3 })]);
    world.wait(6000);
    expect([a.changes, b.changes]).toEqual([[true], [true]]);
    expect([a.state, b.state]).toEqual(["up", "up"]);
  });

  test("hears of a session that was up before the process and is not any more when it has had its time", () => {
    const world = new World();
    const [a, b] = world.pair();
    world.wait(3000);
    a.crash();
    b.driver.stop();
    a.driver.configure([session("10.9.0.2")]);
    world.wait(4900);
    expect(a.driver.reading("to 10.9.0.2")).toMatchObject({ up: true });
    world.wait(200);
    expect(a.driver.reading("to 10.9.0.2")).toMatchObject({ up: false, settled: true });
    expect(a.changes).toEqual([true, false]);
  });

  test("is moved by nothing that a running director is given, until it is known what it is", () => {
    const world = new World();
    const a = world.host("10.9.0.1");
    a.driver.configure([]);
    world.wait(10_000);
    a.driver.configure([session("10.9.0.2")]);
    expect(a.driver.reading("to 10.9.0.2")).toEqual({
      ...{ up: false, settled: false, undecided: true, reason: "has not come up yet" },
    });
    world.wait(5000);
    expect(a.driver.reading("to 10.9.0.2")).toEqual({ up: false, settled: true, reason: "has not come up yet" });
  });

  test("hears the right of two sessions that have changed their names, and of one that has another neighbour", () => {
    const world = new World();
    const [a] = world.pair({ name: "x" });
    a.driver.configure([session("10.9.0.2", { name: "x" }), session("10.9.0.3", { name: "y" })]);
    world.wait(6000);
    a.driver.configure([session("10.9.0.2", { name: "y" }), session("10.9.0.3", { name: "x" })]);
    const last = (name: string) => a.told.findLast((told) => told.name === name)?.reading?.up;
    expect([last("x"), last("y")]).toEqual([false, true]);
    a.driver.configure([session("10.9.0.4", { name: "y" })]);
    expect(a.told.slice(-2)).toMatchObject([
      { name: "x", reading: undefined },
      { name: "y", reading: { up: false, undecided: true } },
    ]);
  });

  test("hears that a session is no more, and of one that has another name", () => {
    const world = new World();
    const [a] = world.pair();
    world.wait(3000);
    a.driver.configure([session("10.9.0.2", { name: "edge" })]);
    expect(a.told.slice(-2)).toMatchObject([
      { name: "to 10.9.0.2", reading: undefined },
      { name: "edge", reading: { up: true } },
    ]);
    a.driver.configure([]);
    expect(a.told.at(-1)).toEqual({ name: "edge", reading: undefined });
  });
});

test("a source that the host does not have is tried with every packet, and said", () => {
  const world = new World();
  const a = world.host("10.9.0.1");
  a.driver.configure([session("10.9.0.2", { sourceAddress: ip("10.9.0.77") })]);
  world.wait(200);
  expect(a.driver.views()).toMatchObject([{ state: "down", reason: "cannot send: EADDRNOTAVAIL", sent: 0 }]);
});

test("a port that somebody else has is a failure of the configuration, and tried again every second", () => {
  const world = new World();
  const [a, b] = [world.host("10.9.0.1"), world.host("10.9.0.2")];
  const held = world.wire
    .attach(a.address)
    .listen({ family: "ipv4", port: 3784, onDatagram: () => {}, onTrouble: () => {} });
  expect(a.driver.configure([session("10.9.0.2")])).toMatchObject([
    { operation: "listen for BFD", object: "udp port 3784 (ipv4)", cause: { code: "EADDRINUSE" } },
  ]);
  b.driver.configure([session("10.9.0.1")]);
  world.wait(2000);
  expect(a.state).toBe("down");
  held.close();
  world.wait(4000);
  expect([a.state, b.state]).toEqual(["up", "up"]);
});

describe("random lives", () => {
  const runs = Number(process.env.BFD_RUNS ?? 60);
  test(`${runs} of them: with loss, pauses, cuts and restarts; when the network is whole both ends are up, and when it is cut none is`, () => {
    for (let seed = 1; seed <= runs; seed++) live(seed);
  }, 600_000);
});

/** One life of a pair. What must hold is said with the seed. */
function live(seed: number): void {
  const random = seededRandom(seed * 7919);
  const world = new World(seed);
  const among = (...values: readonly number[]) => values[Math.floor(random() * values.length)] ?? 10;
  const some = () => ({
    ...{ minTx: milliseconds(among(10, 50, 300)), minRx: milliseconds(among(10, 50, 300)), multiplier: among(2, 3, 5) },
  });
  const settings = [some(), some()] as const;
  const hosts = world.pair(...settings);
  const models = [session("10.9.0.2", settings[0]), session("10.9.0.1", settings[1])] as const;
  world.wire.conditions = { ...world.wire.conditions, delay: () => milliseconds(random() * 3) };
  const whole = world.wire.conditions;
  const states = () => `${seed}: ${hosts.map(({ state }) => state).join(" ")}`;
  for (let round = 0; round < 6; round++) {
    const index = random() < 0.5 ? 0 : 1;
    const kind = among(0, 1, 2, 3);
    if (kind === 0) world.wire.conditions = { ...whole, loss: () => 0.3 };
    if (kind === 1) world.mute(...hosts);
    if (kind === 2) hosts[index].crash();
    if (kind === 3) world.mute(hosts[index]);
    const cutFor = random() * 4000;
    world.wait(cutFor);
    const detection = Math.max(...hosts.map(({ driver }) => driver.views()[0]?.detectionTimeMs ?? 0));
    if ((kind === 1 || kind === 3) && cutFor > 2 * detection + 10) expect(states()).not.toContain("up");
    if (kind === 2) hosts[index].driver.configure([models[index]]);
    world.wire.conditions = whole;
    // Slow start: a packet a second at least, and a detection time of up to five seconds from before.
    world.wait(12_000);
    expect(states()).toBe(`${seed}: up up`);
  }
  for (const host of hosts) for (const [place, up] of host.changes.entries()) expect(up).toBe(place % 2 === 0);
}
