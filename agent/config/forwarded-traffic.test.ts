import { expect, test } from "bun:test";
import { probeIdentity } from "./resolve-probes.ts";
import { validateSettings } from "./validate.ts";

const through = { tcp: { throughForwarding: true } };

/** What the checks of a virtual server's real server are known by, or why there are none. */
function asked(server: object, ...checkers: readonly object[]): readonly string[] {
  const realServers = [{ address: "10.9.0.11", checkers }];
  const { model, issues } = validateSettings({ virtualServers: [{ forwarding: "direct", ...server, realServers }] });
  if (model === undefined) return issues.map(({ message }) => message);
  const [found] = model.balancer.virtualServers;
  return found?.realServers[0]?.checkers.map(({ probe }) => probeIdentity(probe)) ?? [];
}

function named(check: object): object {
  return { tcp: { throughForwarding: true, ...check } };
}

test("a check by the forwarding path asks the virtual address on the real server, in its tunnel", () => {
  const web = { address: "10.9.0.100", port: 80, protocol: "tcp" };
  expect(asked(web, through)).toEqual(["tcp 10.9.0.11:80 through direct for 10.9.0.100"]);
  const tunnel = { ...web, forwarding: "tunnel" };
  expect(asked(tunnel, through)).toEqual(["tcp 10.9.0.11:80 through tunnel for 10.9.0.100"]);
  expect(asked({ ...tunnel, tunnel: { type: "gue", port: 6080, checksum: "full" } }, through)).toEqual([
    "tcp 10.9.0.11:80 through tunnel gue 6080 full for 10.9.0.100",
  ]);
});

test("of several addresses and ports the first is asked, or those that the check names", () => {
  const services = [
    { address: "10.9.1.1-10.9.1.9", port: 80 },
    { address: "10.9.2.1", port: 443 },
  ];
  const several = { name: "several", protocol: "tcp", services };
  expect(asked(several, through, named({ address: "10.9.2.1" }), named({ address: "10.9.1.9" }))).toEqual([
    "tcp 10.9.0.11:80 through direct for 10.9.1.1",
    "tcp 10.9.0.11:443 through direct for 10.9.2.1",
    "tcp 10.9.0.11:80 through direct for 10.9.1.9",
  ]);
});

test("a firewall mark is asked what the agent marks, of tcp; of marks that others set the check names both", () => {
  const ports = ["21", "10000-10100"];
  const markedTraffic = [
    { address: "10.9.0.103", protocol: "udp" },
    { address: "10.9.0.104", protocol: "tcp", ports },
  ];
  expect(asked({ firewallMark: 4, markedTraffic }, through, named({ port: 10_050 }))).toEqual([
    "tcp 10.9.0.11:21 through direct for 10.9.0.104",
    "tcp 10.9.0.11:10050 through direct for 10.9.0.104",
  ]);
  expect(asked({ firewallMark: 4 }, named({ address: "10.9.0.105", port: 25 }))).toEqual([
    "tcp 10.9.0.11:25 through direct for 10.9.0.105",
  ]);
  expect(asked({ firewallMark: 4 }, through)).toEqual([
    "does not know the address to ask: the virtual server names none",
  ]);
});

test("of an address with all ports the check names one", () => {
  const all = { address: "10.9.0.100", port: 0, protocol: "tcp", persistenceTimeout: "60s" };
  expect(asked(all, named({ port: 8080 }))).toEqual(["tcp 10.9.0.11:8080 through direct for 10.9.0.100"]);
  expect(asked(all, through)).toEqual(["does not know the port to ask: the virtual server names none"]);
});
