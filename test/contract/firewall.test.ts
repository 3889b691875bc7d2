// What is believed of the agent's own packet filter, in memory and on a kernel with nftables; there nft reads along.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import type { Firewall, FirewallPort } from "../../agent/kernel/firewall.ts";
import { LinuxFirewall } from "../../agent/kernel/linux/firewall.ts";
import { MemoryFirewall } from "../../agent/kernel/memory/firewall.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { whyNoNftables } from "../support/nftables.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const whyNot = whyNoNamespaces ?? whyNoNftables;

const nothing: Firewall = { unaccepted: [], quietLinks: [] };

interface World extends Disposable {
  readonly firewall: FirewallPort;
  /** The table as nft shows it; undefined where there is no nft. */
  nft(): string | undefined;
}

function contract(title: string, why: string | undefined, makeWorld: () => World): void {
  describe.skipIf(why !== undefined)(title, () => {
    const addresses = [ip("10.9.0.100"), ip("10.9.0.101"), ip("2001:db8::fe")];

    test("does what was written, one after the other, until it is empty", () => {
      using world = makeWorld();
      const { firewall } = world;
      expect(firewall.read()).toBeUndefined();
      firewall.write({ ...nothing, unaccepted: addresses });
      expect([...(firewall.read()?.unaccepted ?? [])].sort()).toEqual([...addresses].sort());
      const shown = world.nft();
      if (shown !== undefined) {
        expect(shown).toContain("type filter hook input priority 150; policy accept;");
        expect(shown).toContain("ip daddr @unaccepted4 drop");
        expect(shown).toMatch(/ip6 daddr @unaccepted6 .*icmpv6 type 135-136 accept/);
        expect(shown).toContain("ip6 saddr @unaccepted6 drop");
      }
      firewall.write({ ...nothing, unaccepted: [ip("10.9.0.102")] });
      expect(firewall.read()).toEqual({ ...nothing, unaccepted: [ip("10.9.0.102")] });
      firewall.write(nothing);
      firewall.write(nothing);
      expect(firewall.read()).toBeUndefined();
      if (shown !== undefined) expect(world.nft()).toBe("");
    });

    test("keeps reports of groups and router solicitations from links, also from those that are not there yet", () => {
      using world = makeWorld();
      const { firewall } = world;
      firewall.write({ ...nothing, quietLinks: ["vrrp.51", "a-long-name-of1"] });
      expect([...(firewall.read()?.quietLinks ?? [])].sort()).toEqual(["a-long-name-of1", "vrrp.51"]);
      const shown = world.nft();
      if (shown === undefined) return;
      expect(shown).toMatch(/elements = \{ (?:"vrrp\.51",\s+"a-long-name-of1"|"a-long-name-of1",\s+"vrrp\.51") \}/);
      expect(shown).toContain("meta l4proto igmp oifname @quiet drop");
      expect(shown).toMatch(
        /oifname @quiet icmpv6 type mld-listener-query-nd-router-solicit drop|oifname @quiet icmpv6 type 130-133 drop/,
      );
      expect(shown).toMatch(/oifname @quiet icmpv6 type 143/);
    });
  });
}

contract("firewall in memory", undefined, () => {
  const firewall = new MemoryFirewall();
  return { firewall, nft: () => undefined, [Symbol.dispose]: () => firewall.close() };
});

contract(linuxTitle("firewall", whyNot), whyNot, () => {
  const namespace = quietNamespace();
  const name = namespace.path.replace("/run/netns/", "");
  const firewall = new LinuxFirewall();
  namespace.inside(() => firewall.read());
  return {
    firewall,
    nft: () => Bun.spawnSync(["ip", "netns", "exec", name, "nft", "list", "ruleset"]).stdout.toString().trim(),
    [Symbol.dispose]: () => {
      firewall.close();
      namespace[Symbol.dispose]();
    },
  };
});

test.skipIf(whyNot !== undefined)("a firewall goes with the process that made it", () => {
  const namespace = quietNamespace();
  const name = namespace.path.replace("/run/netns/", "");
  const firewall = new LinuxFirewall();
  const shown = () => Bun.spawnSync(["ip", "netns", "exec", name, "nft", "list", "ruleset"]).stdout.toString().trim();
  namespace.inside(() => firewall.write({ ...nothing, unaccepted: [ip("10.9.0.100")] }));
  expect(shown()).toContain("table inet vipward");
  firewall.close();
  expect(shown()).toBe("");
  namespace[Symbol.dispose]();
});
