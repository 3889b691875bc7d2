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
