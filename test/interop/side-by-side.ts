// One keepalived.conf given to keepalived 2.2.7 (Debian's package) and to vipward, each alone on a network of its own: they have to end with the
// same addresses, routes and rules, as ip prints them, and to say the same on the wire, byte for byte.

import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { Network } from "../support/network.ts";
import { advertisementsIn } from "../support/pcap.ts";
import { until } from "../support/until.ts";

/** What ip says, without who has written it and what it counts by itself. */
const questions: readonly (readonly string[])[] = [
  ["-4", "route", "show", "table", "all"],
  ["-6", "route", "show", "table", "all"],
  ["-4", "rule"],
  ["-6", "rule"],
  ["-4", "address", "show", "scope", "global"],
  ["-4", "address", "show", "scope", "link"],
  ["-6", "address", "show", "scope", "global"],
];

function whatIpSays(network: Network): readonly string[] {
  return questions.flatMap((words) =>
    network
      .run("lb", ["ip", ...words])
      .split("\n")
      .map((line) =>
        line
          .replace(/^\d+: (eth\d)@if\d+: .*/, "$1:")
          .replace(/proto (keepalived|112)/, "proto ours")
          .replace(/valid_lft \S+ preferred_lft (\S+)/, (_, preferred) => (preferred === "0sec" ? "deprecated" : ""))
          // Leases: vipward's addresses are dynamic; IPv6 routes of a prefix count down.
          .replace(/ (dynamic|nodad|expires \d+sec|pref medium)/g, "")
          .replace(/fe80::[0-9a-f:]{12,}/g, "fe80::own")
          .trim(),
      )
      .filter((line) => line !== "" && !/^(multicast|broadcast|anycast) /.test(line) && !line.includes("fe80::own"))
      .sort(),
  );
}

/** A host between two segments, and a unicast peer that is nobody. */
function lay(prefix: string): Network {
  const network = Network.create(prefix);
  network.addHost("lb", "10.9.0.1/24 fd00::1/64");
  network.connect("lb", "10.8.0.1/24", "back");
  // The unicast peer is nobody: what is for it leaves all the same.
  network.configure("lb", ["neigh add 10.9.0.77 lladdr 02:00:00:00:00:77 dev eth0"]);
  return network;
}

/** Captures what leaves a host; the file grows as it does. */
async function capture(network: Network): Promise<string> {
  const file = join(network.directory, "adverts.pcap");
  const words = ["tcpdump", "-Z", "root", "-U", "-Q", "out", "-i", "eth0", "-w", file, "ip proto 112 or ip6 proto 112"];
  const dump = network.spawn("lb", words);
  await until(() => dump.output().includes("listening on"), { what: "tcpdump listens", timeoutMs: 20_000 });
  return file;
}

/** What is compared. */
export interface SideBySide {
  /** Of the networks' names. */
  readonly prefix: string;
  readonly configFor: (network: Network) => string;
  /** Addresses that a master of everything holds. */
  readonly addresses: readonly string[];
  /** How many virtual routers advertise. */
  readonly advertising: number;
}

/** Runs both, waits until they are masters and say the same, and stops them: nothing stays behind of either. */
export async function compare({ prefix, configFor, addresses, advertising }: SideBySide): Promise<void> {
  const ours = lay(`${prefix}o`);
  await using _ours = ours;
  const theirs = lay(`${prefix}t`);
  await using _theirs = theirs;
  const files = await Promise.all([ours, theirs].map(capture));
  const whole = configFor(ours);
  const vipward = new Director(ours, "lb").writeConfig(whole).start();
  const keepalived = new KeepalivedDirector(theirs, "lb", whole);
  await Promise.all([vipward.ready(), keepalived.start()]);

  const both = () => ({ vipward: whatIpSays(ours), keepalived: whatIpSays(theirs) });
  const evidence = () => {
    const { vipward: left, keepalived: right } = both();
    const only = {
      vipward: left.filter((x) => !right.includes(x)),
      keepalived: right.filter((x) => !left.includes(x)),
    };
    return `${JSON.stringify({ only, log: keepalived.log().slice(-1500) }, undefined, 1)}\n${whole}`;
  };
  const areMasters = () => addresses.every((address) => vipward.holds(address) && keepalived.holds(address));
  await until(areMasters, { what: "both are masters of everything", timeoutMs: 40_000, evidence });
  const agree = () => {
    const { vipward: left, keepalived: right } = both();
    return String(left) === String(right);
  };
  await until(agree, { what: "ip says the same of both", timeoutMs: 20_000, everyMs: 500, evidence });
  expect(both().vipward).toEqual(both().keepalived);

  const said = (file: string | undefined) => advertisementsIn(readFileSync(file ?? ""));
  const complete = () => files.every((file) => said(file).size === advertising);
  await until(complete, { what: "every instance has advertised", timeoutMs: 20_000, evidence: () => whole });
  const [left = {}, right = {}] = files.map((file) => Object.fromEntries(said(file)));
  expect({ whole, said: left }).toEqual({ whole, said: right });

  expect(vipward.cli("stop").code).toBe(0);
  await keepalived.stop();
  await until(agree, { what: "both have left the same", timeoutMs: 20_000, everyMs: 500, evidence });
}
