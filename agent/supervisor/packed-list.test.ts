import { expect, test } from "bun:test";
import fc from "fast-check";
import { packList, unpackList } from "./packed-list.ts";

function sent<Item extends object>(list: readonly Item[]): Item[] {
  return unpackList(JSON.parse(JSON.stringify(packList(list))));
}

const leaf = fc.oneof(fc.constantFrom(0, 1, "a", "b", true, undefined), fc.nat(), fc.string());
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(
      tie("value").filter((item) => item !== undefined),
      { maxLength: 4 },
    ),
    fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("value"), { noNullPrototype: true }),
  ),
}));
const record = fc.dictionary(fc.constantFrom("name", "kind", "list", "more"), value, { noNullPrototype: true });

test("what is unpacked is what was packed", () => {
  fc.assert(
    fc.property(fc.array(record), (list) => {
      expect(sent(list)).toEqual(JSON.parse(JSON.stringify(list)));
    }),
    { numRuns: 300 },
  );
});

test("so are lists of records that are much alike", () => {
  const few = fc.record(
    {
      a: fc.constantFrom(1, 2, "x"),
      b: fc.constantFrom(true, 3, undefined),
      c: fc.array(fc.record({ d: fc.nat({ max: 2 }), e: fc.constantFrom<unknown>(1, { f: 1 }, [1], {}) }), {
        maxLength: 2,
      }),
    },
    { requiredKeys: ["a"] },
  );
  fc.assert(
    fc.property(fc.array(fc.record({ list: fc.array(few, { maxLength: 4 }) }), { maxLength: 5 }), (list) => {
      expect(sent(list)).toEqual(JSON.parse(JSON.stringify(list)));
    }),
    { numRuns: 3000 },
  );
});

test("a field that a record has no longer is gone on the other side, and so are its parts", () => {
  expect(sent([{ a: 1, b: { c: 1, d: 2 } }, { b: { c: 1 } }, { b: {} }])).toEqual([
    { a: 1, b: { c: 1, d: 2 } },
    { b: { c: 1 } },
    { b: {} },
  ]);
});

test("of real servers that differ in their address, only that is sent", () => {
  const list = [1, 2, 3].map((host) => ({
    address: `10.9.0.${host}`,
    port: 80,
    forwarding: { method: "direct" },
    checkers: [],
  }));
  expect(packList(list)).toEqual([list[0], { address: "10.9.0.2" }, { address: "10.9.0.3" }]);
  const [first, second] = sent(list);
  expect(second?.forwarding).toBe(first?.forwarding as { method: string });
});

test("of virtual servers whose real servers differ in the same fields, only the values are sent", () => {
  const servers = [1, 2, 3].map((service) => ({
    name: `s${service}`,
    realServers: [1, 2, 3].map((host) => ({
      address: `10.${service}.0.${host}`,
      port: 80,
      checkers: [{ id: `${service}-${host}`, delay: 5 }],
    })),
  }));
  expect(packList(servers)[1]).toEqual({
    name: "s2",
    realServers: [null, { address: "10.2.0.1", checkers: [{ id: "2-1" }] }, ...["10.2.0.2", "2-2", "10.2.0.3", "2-3"]],
  });
  expect(sent(servers)).toEqual(servers);
});

test("one real server that differs otherwise comes through among those that are alike", () => {
  const alike = (service: number) =>
    [1, 2, 3].map((host) => ({ address: `10.${service}.0.${host}`, weight: 1, forwarding: { method: "direct" } }));
  const odd = { address: "10.2.0.9", weight: 1, forwarding: { method: "tunnel", type: "gue" } };
  for (const change of [
    [...alike(2), odd],
    [odd, ...alike(2)],
    alike(2).slice(0, 2),
    alike(2).map(({ weight: _, ...rest }) => rest),
    alike(2).map((one, at) => ({ ...one, weight: at })),
    [{ ...alike(2)[0], weight: 7 }, ...alike(2).slice(1)],
  ]) {
    const list = [{ realServers: alike(1) as object[] }, { realServers: change }, { realServers: alike(3) }];
    expect(sent(list)).toEqual(JSON.parse(JSON.stringify(list)));
  }
});
