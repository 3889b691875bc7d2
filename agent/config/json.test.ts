import { describe, expect, test } from "bun:test";
import { readJsonQuickly } from "./json.ts";
import { loadText } from "./load.ts";

const server = '{"address":"2001:db8::1","port":80,"protocol":"tcp","real_servers":[{"address":"2001:db8::2"}]}';

describe("JSON", () => {
  test("in which nothing can be wrong is read quickly, and as the slow way does", () => {
    const text = `{"director":{"name":"a:b"},"virtual_servers":[${server}]}`;
    const slow = loadText(text, { file: "a", format: "yaml" });
    expect(readJsonQuickly(text)).toEqual(slow.settings as never);
    expect(loadText(text, { file: "a" })).toEqual({ ...slow, format: "json" });
  });

  const left: [string, string][] = [
    ["a key that stands twice", '{"address_lease":10,"address_lease":11}'],
    [
      "a key that stands twice, of which the last is the smaller",
      `{"virtual_servers":[${server}],"virtual_servers":[]}`,
    ],
    ["an escape, which may hide a colon", '{"director":{"name":"a\\u003ab"}}'],
    ["an unknown field", '{"wrong":1}'],
    ["a key in camelCase", '{"addressLease":10}'],
    ["a comment", '{"address_lease":10} # ten'],
    ["a text that is not whole", '{"address_lease":10'],
  ];
  for (const [claim, text] of left)
    test(`with ${claim} is left to the parser that knows places`, () => expect(readJsonQuickly(text)).toBeUndefined());

  test("with a key that stands twice is refused at its place", () => {
    const { settings, issues } = loadText('{"address_lease":10,\n"address_lease":11}', { file: "a" });
    expect(settings).toBeUndefined();
    expect(issues).toMatchObject([{ severity: "error", place: { file: "a", line: 2 } }]);
  });
});
