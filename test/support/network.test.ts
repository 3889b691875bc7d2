import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { Network } from "./network.ts";
import { until } from "./until.ts";

const canMakeNamespaces = Bun.spawnSync(["ip", "netns", "list"]).success && process.getuid?.() === 0;

describe.skipIf(!canMakeNamespaces)("a network of namespaces", () => {
  let network: Network | undefined;
  afterEach(() => network?.dispose());

  function twoHosts(): Network {
    network = Network.create("nt");
    network.addHost("a", "10.9.0.1/24 fd09::1/64");
    network.addHost("b", "10.9.0.2/24 fd09::2/64");
    return network;
  }

  test("lets hosts of one segment talk at once, over IPv4 and IPv6", async () => {
    const { directory } = twoHosts();
    const listen = `Bun.listen({ hostname: "::", port: 7, socket: { data() {}, open: (s) => void s.end("hello") } }); console.log("up")`;
    const server = network?.spawn("b", [process.execPath, "-e", listen]);
    await until(() => server?.output().includes("up"), { what: "b listens", timeoutMs: 30_000 });
    expect(server?.log.startsWith(directory)).toBe(true);
    const ask = `for (const hostname of ["10.9.0.2", "fd09::2"])
      await new Promise((done) => Bun.connect({ hostname, port: 7, socket: { data: (_, d) => console.log(String(d)), close: done } }))`;
    expect(network?.run("a", [process.execPath, "-e", ask])).toBe("hello\nhello\n");
  }, 60_000);

  test("has nothing left after it is disposed of: no process, no namespace, no directory", async () => {
    const { directory } = twoHosts();
    const namespace = network?.namespace("a");
    const stubborn = network?.spawn("a", ["sh", "-c", "trap '' TERM; sleep 60 & echo up; wait; wait"]);
    await until(() => stubborn?.output().includes("up"), { what: "it runs" });
    await network?.dispose();
    expect(stubborn?.isRunning).toBe(false);
    expect(existsSync(`/run/netns/${namespace}`)).toBe(false);
    expect(existsSync(directory)).toBe(false);
  }, 60_000);

  test("can be disposed of after a host could not be added", async () => {
    twoHosts();
    expect(() => network?.addHost("c", "10.9.0.300/24")).toThrow("10.9.0.300");
    const namespaces = ["a", "b", "c"].map((host) => network?.namespace(host));
    await network?.dispose();
    expect(namespaces.filter((namespace) => existsSync(`/run/netns/${namespace}`))).toEqual([]);
  }, 60_000);

  test("names the command and what it said when a command fails", () => {
    expect(() => twoHosts().run("a", ["ip", "route", "add", "10.1.0.0/16", "via", "10.7.0.1"])).toThrow(
      /ip route add .* failed/,
    );
  }, 60_000);

  test("can cut a host off without the host noticing, and let it back in", () => {
    const hosts = twoHosts();
    const reaches = () => hosts.exec("a", ["bash", "-c", "timeout 2 bash -c '</dev/tcp/10.9.0.2/9'"]).stderr;
    expect(reaches()).toContain("refused");
    hosts.setReachable("b", "eth0", false);
    expect(reaches()).not.toContain("refused");
    expect(hosts.run("b", ["cat", "/sys/class/net/eth0/operstate"])).toBe("up\n");
    hosts.setReachable("b", "eth0", true);
    expect(reaches()).toContain("refused");
  }, 60_000);

  test("can pull a cable: the link has no carrier, and keeps its addresses", () => {
    const hosts = twoHosts();
    const link = () => hosts.run("b", ["ip", "address", "show", "dev", "eth0"]);
    hosts.setCarrier("b", "eth0", false);
    expect(link()).toContain("NO-CARRIER");
    expect(link()).toContain("fd09::2/64");
    hosts.setCarrier("b", "eth0", true);
    expect(link()).not.toContain("NO-CARRIER");
  }, 60_000);
});
