import { expect, test } from "bun:test";
import fc from "fast-check";
import { balancer, realServer, service, virtualServer } from "../../test/balancer/model-builders.ts";
import { packBalancer, unpackBalancer } from "./packed-balancer.ts";

const pool = Array.from({ length: 8 }, (_, index) => virtualServer([realServer()], service(`10.9.0.${100 + index}`)));

const sent = <T>(value: T): T => JSON.parse(JSON.stringify(value));

test("after any sequence of configurations the other side has each as it is, and what did not change as the objects that it had", () => {
  const lists = fc.array(fc.tuple(fc.shuffledSubarray(pool), fc.nat(7)), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(lists, (configurations) => {
      let here = { number: 0, model: balancer() };
      let there = unpackBalancer(sent(packBalancer(here)));
      configurations.forEach(([servers, changed], index) => {
        const list = servers.map((server, place) => (place === changed ? { ...server, quorum: index } : server));
        const next = { number: index + 1, model: { ...balancer(...list), runsScripts: false as const } };
        const packed = packBalancer(next, here);
        const taken = unpackBalancer(sent(packed), there);
        expect(taken).toEqual(sent(next));
        for (const [place, server] of list.entries()) {
          const before = here.model.virtualServers.indexOf(server);
          if (before >= 0) expect(taken.model.virtualServers[place]).toBe(there.model.virtualServers[before] as never);
        }
        here = next;
        there = taken;
      });
    }),
    { numRuns: 500 },
  );
});

test("one changed virtual server among many is all that is sent", () => {
  const servers = Array.from({ length: 1000 }, (_, index) =>
    virtualServer([realServer()], service(`10.9.${index >> 8}.${index & 255}`)),
  );
  const former = { number: 1, model: balancer(...servers) };
  const changed = virtualServer([realServer("10.9.0.12")], service("10.9.1.244"));
  const next = { number: 2, model: balancer(...servers.with(500, changed)) };
  const { virtualServers, since } = packBalancer(next, former);
  expect(virtualServers).toHaveLength(1);
  expect(since).toEqual({
    number: 1,
    runs: [
      [0, 500, 1],
      [501, 499, 0],
    ],
  });
});

test("what is told by a configuration that is not known is refused", () => {
  const former = { number: 1, model: balancer(...pool) };
  const packed = packBalancer({ number: 2, model: former.model }, former);
  expect(() => unpackBalancer(packed)).toThrow("configuration 2 is told by 1, which is not known here");
  expect(() => unpackBalancer(packed, { ...former, number: 3 })).toThrow();
});
