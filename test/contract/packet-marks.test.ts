// What is believed of the rules that mark packets, in memory and on a kernel with nftables; there nft reads along.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { basename } from "node:path";
import { parseAddressRange } from "../../agent/base/address-range.ts";
import { IptablesMarks } from "../../agent/kernel/linux/iptables-marks.ts";
import { LinuxPacketMarks } from "../../agent/kernel/linux/packet-marks.ts";
import { MemoryPacketMarks } from "../../agent/kernel/memory/packet-marks.ts";
import type { MarkRule, PacketMarksPort } from "../../agent/kernel/packet-marks.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { isDebianLab, whyNoNftables } from "../support/nftables.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const whyNot = whyNoNamespaces ?? whyNoNftables;

interface World extends Disposable {
  readonly marks: PacketMarksPort;
  /** Runs nft in the namespace; undefined where there is none. */
  nft(...words: string[]): string | undefined;
}

interface LinuxWorld extends World {
  run(...words: string[]): string;
}

function range(text: string): MarkRule["addresses"] {
  const addresses = parseAddressRange(text);
  if (addresses === undefined) throw new Error(text);
  return addresses;
}

const ftp: MarkRule = { mark: 21, family: "ipv4", protocol: "tcp", addresses: range("10.9.0.100") };
const rules: readonly MarkRule[] = [
  { ...ftp, ports: { from: 21, to: 21 } },
  { ...ftp, ports: { from: 10_000, to: 10_100 } },
  { mark: 0xfffffffe, family: "ipv4", protocol: "udp", addresses: range("10.9.1.0/24") },
  { mark: 7, family: "ipv6", protocol: "sctp", addresses: range("fd00::10-1f"), ports: { from: 80, to: 80 } },
];

function contract(title: string, why: string | undefined, makeWorld: () => World): void {
  describe.skipIf(why !== undefined)(title, () => {
    test("rules are read back as they were written, one set after the other, until there are none", () => {
      using world = makeWorld();
      const { marks } = world;
      expect(marks.read()).toBeUndefined();
      marks.write(rules);
      expect(marks.read()).toEqual([...rules]);
      const shown = world.nft("list", "ruleset");
      if (shown !== undefined) {
        expect(shown).toContain("type filter hook prerouting priority mangle; policy accept;");
        expect(shown).toContain("type filter hook output priority mangle; policy accept;");
        expect(shown).toMatch(/ip daddr .*10\.9\.0\.100.* tcp dport .*10000.*10100.* meta mark set 0x00000015/);
      }
      marks.write([ftp]);
      expect(marks.read()).toEqual([ftp]);
      marks.write([]);
      marks.write([]);
      expect(marks.read()).toBeUndefined();
      if (shown !== undefined) expect(world.nft("list", "ruleset")).toBe("");
    });
  });
}

contract("packet marks in memory", undefined, () => {
  const marks = new MemoryPacketMarks();
  return { marks, nft: () => undefined, [Symbol.dispose]: () => marks.close() };
});

contract(linuxTitle("packet marks", whyNot), whyNot, () => linuxWorld());

describe.skipIf(whyNot !== undefined)(linuxTitle("packet marks", whyNot), () => {
  test("whatever somebody else does to the table is seen", () => {
    using world = linuxWorld();
    const { marks } = world;
    const edits = [
      ["add", "rule", "inet", "vipward_marks", "prerouting", "meta", "mark", "set", "9"],
      ["flush", "chain", "inet", "vipward_marks", "output"],
      ["add", "rule", "inet", "vipward_marks", "output", "ip", "daddr", "10.9.0.1", "drop"],
      ["flush", "table", "inet", "vipward_marks"],
      ["delete", "table", "inet", "vipward_marks"],
    ];
    for (const edit of edits) {
      marks.write(rules);
      expect(marks.read()).toEqual([...rules]);
      world.nft(...edit);
      expect({ edit, read: marks.read() }).not.toEqual({ edit, read: [...rules] });
    }
  });

  test("the rules stay when the process goes: packets must be marked until somebody takes over", () => {
    using world = linuxWorld();
    world.marks.write([ftp]);
    world.marks.close();
    expect(world.nft("list", "ruleset")).toContain("vipward_marks");
    expect(world.marks.read()).toEqual([ftp]);
  });
});

test.skipIf(!isDebianLab)("a kernel without nftables has its rules in iptables, which a successor reads", () => {
  const marks = new LinuxPacketMarks();
  expect(marks.read()).toBeUndefined();
  marks.write([ftp]);
  expect(marks.object).toContain("iptables");
  expect(new LinuxPacketMarks().read()).toEqual([ftp]);
  marks.write([]);
  expect(marks.read()).toBeUndefined();
  marks.close();
});

const whyNoIptables = whyNoNamespaces ?? (IptablesMarks.isPossible() ? undefined : "there is no iptables");

describe.skipIf(whyNoIptables !== undefined)(linuxTitle("packet marks by iptables", whyNoIptables), () => {
  test("rules are read back as they were written, ranges as one, beside those of others, until there are none", () => {
    using world = linuxWorld(new IptablesMarks());
    const { marks } = world;
    expect(marks.read()).toBeUndefined();
    world.run("iptables", "-t", "mangle", "-A", "PREROUTING", "-d", "10.1.0.1", "-j", "MARK", "--set-mark", "9");
    const wished: readonly MarkRule[] = [
      ...rules.slice(0, 2),
      { mark: 0xfffffffe, family: "ipv4", protocol: "udp", addresses: range("10.9.1.3-10.9.1.77") },
      { mark: 7, family: "ipv6", protocol: "tcp", addresses: range("fd00::10-1f"), ports: { from: 80, to: 80 } },
    ];
    for (const some of [wished, wished.toReversed(), [ftp]]) {
      marks.write(some);
      expect(marks.read()).toEqual([...some]);
    }
    marks.write([]);
    marks.write([]);
    expect(marks.read()).toBeUndefined();
    expect(world.run("iptables", "-t", "mangle", "-S")).toContain("-d 10.1.0.1/32");
    expect(world.run("iptables", "-t", "mangle", "-S")).not.toContain("VIPWARD");
  });

  test("whatever somebody else does to the chain is seen", () => {
    using world = linuxWorld(new IptablesMarks());
    const { marks } = world;
    for (const edit of ["-A VIPWARD_MARKS -j ACCEPT", "-F VIPWARD_MARKS", "-D VIPWARD_MARKS 1", "-D OUTPUT 1", "-F"]) {
      marks.write(rules.slice(0, 3));
      expect(marks.read()).toEqual(rules.slice(0, 3));
      world.run("iptables", "-t", "mangle", ...edit.split(" "));
      // Not toEqual, to which a line of somebody else's at the end, undefined, is nothing.
      expect({ edit, isSeen: !Bun.deepEquals(marks.read(), rules.slice(0, 3), true) }).toEqual({ edit, isSeen: true });
    }
  });
});

function linuxWorld(port: PacketMarksPort = new LinuxPacketMarks()): LinuxWorld {
  const namespace = quietNamespace();
  const marks: PacketMarksPort = {
    object: port.object,
    write: (wished) => namespace.inside(() => port.write(wished)),
    read: () => namespace.inside(() => port.read()),
    close: () => port.close(),
  };
  const run = (...words: string[]) => {
    const done = Bun.spawnSync(["ip", "netns", "exec", basename(namespace.path), ...words]);
    if (done.exitCode !== 0) throw new Error(`${words.join(" ")}: ${done.stderr.toString()}`);
    return done.stdout.toString().trim();
  };
  return {
    ...{ marks, run, nft: (...words) => run("nft", ...words) },
    [Symbol.dispose]: () => {
      port.close();
      namespace[Symbol.dispose]();
    },
  };
}
