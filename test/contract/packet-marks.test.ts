// What is believed of the rules that mark packets, in memory and on a kernel with nftables; there nft reads along.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { basename } from "node:path";
import { parseAddressRange } from "../../agent/base/address-range.ts";
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

contract(linuxTitle("packet marks", whyNot), whyNot, linuxWorld);

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

test.skipIf(!isDebianLab)("a kernel without nftables has no rules, refuses to have any, and says what to do", () => {
  const marks = new LinuxPacketMarks();
  expect(marks.read()).toBeUndefined();
  expect(() => marks.write([ftp])).toThrow("no nftables");
  marks.write([]);
  marks.close();
});

function linuxWorld(): World {
  const namespace = quietNamespace();
  const port = new LinuxPacketMarks();
  const marks: PacketMarksPort = {
    write: (wished) => namespace.inside(() => port.write(wished)),
    read: () => namespace.inside(() => port.read()),
    close: () => port.close(),
  };
  return {
    marks,
    nft: (...words) => {
      const done = Bun.spawnSync(["ip", "netns", "exec", basename(namespace.path), "nft", ...words]);
      if (done.exitCode !== 0) throw new Error(`nft ${words.join(" ")}: ${done.stderr.toString()}`);
      return done.stdout.toString().trim();
    },
    [Symbol.dispose]: () => {
      port.close();
      namespace[Symbol.dispose]();
    },
  };
}
