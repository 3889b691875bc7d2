import { describe, expect, test } from "bun:test";
import { diffSettings } from "./diff.ts";
import { settingsSchema } from "./schema/settings.ts";

const first = { address: "10.9.0.11", port: 80, checkers: [{ tcp: {} }] };
const second = { address: "10.9.0.12", port: 80 };
const instance = { name: "a", interface: "eth0", virtualRouterId: 1, virtualAddresses: ["10.9.0.100/24"] };

function web(...realServers: readonly object[]): object {
  return { virtualServers: [{ address: "10.9.0.100", port: 80, protocol: "tcp", realServers }] };
}

function diff(before: unknown, after: unknown) {
  return diffSettings(settingsSchema.parse(before), settingsSchema.parse(after));
}

const server = "virtual_servers[tcp 10.9.0.100:80]";

describe("the difference between two configurations", () => {
  test("is empty when only the order of real servers or the spelling of defaults changed", () => {
    expect(diff(web(first, second), web(second, { ...first, weight: 1 }))).toEqual([]);
  });

  test("matches a real server that inherits the port with one that repeats it", () => {
    expect(diff(web(first), web({ address: "10.9.0.11", checkers: [{ tcp: {} }] }))).toEqual([
      { kind: "removed", path: `${server}.real_servers[10.9.0.11:80].port`, before: 80 },
    ]);
  });

  test("names what changed by what it is, with values as in documents", () => {
    const changed = { ...first, weight: 5, delay: 90, checkers: [{ tcp: { timeout: "2s" } }] };
    expect(diff(web(first, second), web(second, changed))).toEqual([
      { kind: "changed", path: `${server}.real_servers[10.9.0.11:80].weight`, before: 1, after: 5 },
      { kind: "added", path: `${server}.real_servers[10.9.0.11:80].delay`, after: "90s" },
      { kind: "added", path: `${server}.real_servers[10.9.0.11:80].checkers[tcp].tcp.timeout`, after: "2s" },
    ]);
  });

  test("tells whole elements that came or went", () => {
    expect(diff(web(first), web(second))).toEqual([
      {
        kind: "removed",
        path: `${server}.real_servers[10.9.0.11:80]`,
        before: first,
      },
      { kind: "added", path: `${server}.real_servers[10.9.0.12:80]`, after: second },
    ]);
  });

  test("tells that a password changed and not what it is", () => {
    const withPassword = (password: string) => ({
      vrrpInstances: [{ ...instance, authentication: { type: "pass", password } }],
    });
    expect(diff(withPassword("old"), withPassword("new"))).toEqual([
      {
        kind: "changed",
        path: "vrrp_instances[a].authentication.password",
        before: "(not shown)",
        after: "(not shown)",
      },
    ]);
  });
});
