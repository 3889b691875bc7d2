// A merge that says a few virtual servers is checked at their price. Whatever it comes to must be what the long way comes to: everything merged into one
// document, checked and resolved as a whole.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { validateSettings } from "../../agent/config/validate.ts";
import { type Configuration, candidateOf, checkDocument, type Running } from "../../agent/control/candidate.ts";
import { Content } from "../../agent/control/content.ts";
import { mergeServers } from "../../agent/control/merge.ts";
import { optional } from "../config/documents/values.ts";

const nothing = { vrrpInstances: [], vrrpSyncGroups: [], virtualServers: [] };

/** A configuration as it runs; undefined where the rules refuse it. */
function runningOf(document: unknown): Required<Configuration> | undefined {
  const { settings, model, issues } = validateSettings(document);
  if (settings === undefined || model === undefined) return undefined;
  return { settings, model, content: new Content(settings), remarks: issues };
}

const asRunning = (configuration: Configuration) => configuration as Running;

/** Without what is known of the running configuration's remarks, everything is looked at. */
function theLongWay(running: Required<Configuration>, document: unknown) {
  const { remarks: _, ...unknown } = running;
  return checkDocument({ document, merge: nothing }, asRunning(unknown));
}

describe("a merge of virtual servers", () => {
  test("comes to what it comes to as a whole, and leaves the others the objects that they were", () => {
    const tried = { quick: 0, added: 0, replaced: 0, remarks: 0 };
    fc.assert(
      fc.property(configurations, fc.array(virtualServers, { minLength: 1, maxLength: 3 }), (document, pushed) => {
        const running = runningOf(document);
        if (running === undefined) return;
        const quick = mergeServers(running, { virtualServers: pushed }, nothing);
        if (quick === undefined) return;
        const whole = theLongWay(running, { virtualServers: pushed });
        expect(quick.settings).toEqual(whole.settings as NonNullable<typeof whole.settings>);
        expect(quick.model).toEqual(whole.model as NonNullable<typeof whole.model>);
        expect(sorted(quick.issues)).toEqual(sorted(whole.issues));
        const before = running.settings.virtualServers;
        const after = quick.settings?.virtualServers ?? [];
        tried.quick++;
        tried.remarks += quick.issues.length;
        tried.added += after.length - before.length;
        tried.replaced += before.filter((server, place) => server !== after[place]).length;
      }),
      { numRuns: 500 },
    );
    for (const count of Object.values(tried)) expect(count).toBeGreaterThan(20);
  });

  test("is looked at as a whole where something is wrong, or may concern others", () => {
    const running = runningOf({ virtualServers: [addressed("10.0.0.1"), { ...addressed("10.0.0.2"), name: "web" }] });
    if (running === undefined) throw new Error("the document is right");
    const merged = (server: object) => mergeServers(running, { virtualServers: [server] }, nothing);
    expect(merged({ ...addressed("10.0.0.1"), quorum: 0 })).toBeUndefined();
    expect(merged({ ...addressed("10.0.0.1"), name: "web" })).toBeUndefined();
    expect(merged({ ...addressed("10.0.0.3"), realServers: [real, real] })).toBeUndefined();
    expect(merged({ ...addressed("10.0.0.1"), realServers: [real] })).toBeDefined();
  });

  test("carries what the rules remark of others, and nothing that was remarked of those that changed", () => {
    const empty = { ...addressed("10.0.0.1"), realServers: [] };
    const document = { virtualServers: [empty, { ...empty, address: "10.0.0.2" }] };
    const running = runningOf(document) as Required<Configuration>;
    const merge = { document: { virtualServers: [addressed("10.0.0.2")] }, merge: nothing };
    const { remarks } = candidateOf(merge, asRunning(running));
    expect(remarks?.map(({ path }) => path)).toEqual(["virtual_servers[0].real_servers"]);
  });

  test("leaves virtual servers of several services and of marks alone that it does not name", () => {
    const group = (name: string, address: string) => ({ ...plain, name, services: [{ address, port: 80 }] });
    const marked = (address: string) => ({
      ...plain,
      protocol: undefined,
      firewallMark: 7,
      realServers: [{ address }],
    });
    const unnamed = { ...plain, services: [{ address: "10.0.3.1-3", port: 80 }] };
    const all = [group("a", "10.0.1.1"), group("b", "10.0.2.1"), unnamed, marked("10.9.0.11"), marked("fd00::11")];
    const running = runningOf({ virtualServers: all }) as Required<Configuration>;
    const heavier = { ...group("b", "10.0.2.1"), realServers: [{ ...real, weight: 5 }] };
    const pushed = { virtualServers: [heavier, { ...marked("fd00::11"), quorum: 2 }, { ...unnamed, hysteresis: 0 }] };
    for (const { settings } of [
      theLongWay(running, pushed),
      checkDocument({ document: pushed, merge: nothing }, asRunning(running)),
    ])
      expect(
        settings?.virtualServers.map(({ realServers: [one], quorum }) => [one?.address, one?.weight, quorum]),
      ).toEqual([
        ["10.9.0.11", 1, 1],
        ["10.9.0.11", 5, 1],
        ["10.9.0.11", 1, 1],
        ["10.9.0.11", 1, 1],
        ["fd00::11", 1, 2],
      ] as never);
  });
});

describe("a push of the whole", () => {
  test("shares with what runs every virtual server that is the same, and is no other configuration for it", () => {
    let shared = 0;
    fc.assert(
      fc.property(configurations, configurations, fc.boolean(), (before, after, isLike) => {
        const running = runningOf(before);
        const document = isLike ? { ...before, virtualServers: before.virtualServers.slice(1) } : after;
        const alone = runningOf(document);
        if (running === undefined || alone === undefined) return;
        const candidate = candidateOf({ document }, asRunning(running));
        expect(candidate.settings).toEqual(alone.settings);
        expect(candidate.model).toEqual(alone.model);
        expect(candidate.content.document).toBe(alone.content.document);
        const { settings, model } = running;
        for (const [place, server] of candidate.settings.virtualServers.entries()) {
          const former = settings.virtualServers.indexOf(server);
          expect(former >= 0).toBe(settings.virtualServers.some((one) => Bun.deepEquals(one, server)));
          if (isLike && candidate.model.balancer.virtualServers[place] === model.balancer.virtualServers[former])
            shared++;
        }
      }),
      { numRuns: 500 },
    );
    expect(shared).toBeGreaterThan(50);
  });
});

const real = { address: "10.9.0.11", port: 80 };
const plain = { protocol: "tcp", realServers: [real] };

function addressed(address: string) {
  return { ...plain, address, port: 80 };
}

/** Virtual servers of a small world, so that pushes often hit one that is there; right in themselves more often than not. */
const nameless = fc.record(
  {
    address: fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3"),
    port: fc.constantFrom(80, 443),
    protocol: fc.constantFrom("tcp", "udp"),
    forwarding: fc.constantFrom("masquerade", "tunnel"),
    quorum: fc.integer({ min: 1, max: 3 }),
    notify: fc.record({ up: fc.constant("/bin/up"), mail: fc.boolean() }, optional),
    realServers: fc.uniqueArray(
      fc.record(
        {
          address: fc.oneof(
            { weight: 20, arbitrary: fc.constantFrom("10.9.0.11", "10.9.0.12") },
            fc.constant("fd00::11"),
          ),
          port: fc.constantFrom(80, 8080),
          weight: fc.integer({ min: 0, max: 3 }),
          checkers: fc.array(fc.constantFrom({ tcp: {} }, { file: { name: "load" } }, { bfd: { session: "b" } })),
        },
        { requiredKeys: ["address"] },
      ),
      { selector: ({ address }) => address, maxLength: 3 },
    ),
  },
  { requiredKeys: ["address", "port", "protocol", "realServers"] },
);

const named = fc
  .tuple(fc.constantFrom("web", "tcp 10.0.0.1:80", "mail"), nameless)
  .map(([name, server]) => ({ ...server, name }));
const virtualServers = fc.oneof({ weight: 9, arbitrary: nameless }, named);

const configurations = fc.record(
  {
    virtualServers: fc.uniqueArray(virtualServers, { selector: ({ address }) => address }),
    notifications: fc.constantFrom({}, { fifos: [{ path: "/run/fifo" }] }),
    trackedFiles: fc.constant([{ name: "load", file: "/run/load" }]),
    bfdSessions: fc.constant([{ name: "b", neighbour: "10.9.0.2" }]),
  },
  { requiredKeys: ["virtualServers", "trackedFiles", "bfdSessions"] },
);

function sorted(issues: readonly object[]): readonly string[] {
  return issues.map((issue) => JSON.stringify(issue)).sort();
}
