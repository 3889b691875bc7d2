import { expect, test } from "bun:test";
import { fail, ok } from "../../base/result.ts";
import { loadText } from "../load.ts";
import { noSurroundings } from "./expand/surroundings.ts";

const files: Readonly<Record<string, string>> = {
  "/usr/share/iproute2/rt_tables": "#\n# reserved values\n255\tlocal\n254\tmain\n7 dsl\n9 cable # the slow one\n",
  "/etc/iproute2/rt_tables": "0x10 dsl\n",
  "/etc/iproute2/rt_tables.d/ours.conf": " 77 ours\n",
};
const surroundings = {
  ...noSurroundings(),
  readFile: (path: string) => (files[path] === undefined ? fail("no such file") : ok(files[path])),
  namesIn: (directory: string) => (directory === "/etc/iproute2/rt_tables.d" ? ["ours.conf", "README"] : []),
};

function load(table: string) {
  const text = `static_routes {\n 10.1.0.0/16 dev eth0 table ${table}\n}\nstatic_rules {\n from 10.0.0.0/8 table ${table} priority 9\n}\n`;
  const { settings, issues } = loadText(text, { file: "k.conf", format: "keepalived", surroundings });
  return settings === undefined
    ? issues.map(({ message }) => message)
    : [settings.staticRoutes[0]?.table, settings.staticRules[0]?.table];
}

test("routing tables have the names of iproute2's files, where what stands later counts", () => {
  expect(["dsl", "cable", "ours", "main", "300"].map(load)).toEqual([
    [16, 16],
    [9, 9],
    [77, 77],
    ["main", "main"],
    [300, 300],
  ]);
});

test("a name that no file has is refused where it stands", () => {
  expect(load("nowhere")).toEqual(['"nowhere" is not a routing table', '"nowhere" is not a routing table']);
});
