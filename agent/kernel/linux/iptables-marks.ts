// Marking rules in chains of iptables, for kernels that have no nftables: there iptables-legacy is the one way to write them. Its programs are run without a
// shell, one family after the other, each in one step; they wait for whoever else is writing (the lock of xtables), but not for long.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Family } from "../../base/address.ts";
import { codeOf, OperationError } from "../../base/errors.ts";
import { type MarkRule, markChainName, type PacketMarksPort } from "../packet-marks.ts";
import { type PlacedRule, restoreText, savedRules } from "./iptables-rules.ts";
import { NetworkNamespace } from "./network-namespace.ts";

const object = `chain ${markChainName} of iptables`;
const directories = ["/usr/sbin", "/sbin", "/usr/local/sbin"];
const families = { ipv4: "ip", ipv6: "ip6" } as const;
/** Which tables this network namespace has; asking iptables would make the kernel load them. */
const tableNames = (family: Family) => `/proc/thread-self/net/${families[family]}_tables_names`;
/** The longest that the lock, and a program, is waited for. */
const [lockSeconds, limitMs] = ["2", 5000];

/** The rules of iptables. */
export class IptablesMarks implements PacketMarksPort {
  readonly object = object;
  readonly #namespace: NetworkNamespace;

  constructor(namespace = new NetworkNamespace()) {
    this.#namespace = namespace;
  }

  /** Whether this machine has the programs. */
  static isPossible(): boolean {
    return programOf("ipv4", "restore") !== undefined;
  }

  write(rules: readonly MarkRule[]): void {
    const placed = rules.map((rule, place): PlacedRule => [place, rule]);
    this.#namespace.open(() => {
      for (const family of ["ipv4", "ipv6"] as const) {
        const own = placed.filter(([, rule]) => rule.family === family);
        const text = restoreText(own, saved(family));
        if (text !== undefined) run(family, "restore", ["--noflush", "--wait", lockSeconds], text);
      }
    });
  }

  /** Those of both families, in the order in which they were written. */
  read(): readonly (MarkRule | undefined)[] | undefined {
    const found = this.#namespace.open(() => [savedRules(saved("ipv4")), savedRules(saved("ipv6"))]);
    if (found.every((rules) => rules === undefined)) return undefined;
    const rules = found.flatMap((one) => one ?? []);
    return rules.toSorted((a, b) => (a?.[0] ?? 0) - (b?.[0] ?? 0)).map((one) => one?.[1]);
  }

  close(): void {}
}

/** What the mangle table of a family has; nothing where there is none. */
function saved(family: Family): string {
  const names = tableNames(family);
  const isThere = existsSync(names) && readFileSync(names, "utf8").split("\n").includes("mangle");
  return isThere ? run(family, "save", ["-t", "mangle"], "") : "";
}

function run(family: Family, what: "save" | "restore", words: readonly string[], input: string): string {
  const program = programOf(family, what);
  if (program === undefined) throw refused("ENOENT", `there is no ${nameOf(family, what)}: install iptables`);
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    ...{ input, encoding: "utf8", env: {}, timeout: limitMs, cwd: "/" },
  });
  if (error !== undefined) throw refused(codeOf(error) ?? "EIO", `${program}: ${error.message}`);
  if (status !== 0) throw refused("EIO", `${program}: ${stderr.trim().split("\n").join("; ")}`);
  return stdout;
}

function programOf(family: Family, what: "save" | "restore"): string | undefined {
  // Older machines have only one kind, under the plain name.
  const names = [nameOf(family, what), `${families[family]}tables-${what}`];
  return names
    .flatMap((name) => directories.map((directory) => `${directory}/${name}`))
    .find((path) => existsSync(path));
}

function nameOf(family: Family, what: string): string {
  return `${families[family]}tables-legacy-${what}`;
}

function refused(code: string, text: string): OperationError {
  return new OperationError({ operation: "write", object, cause: { code, text } });
}
