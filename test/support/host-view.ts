/** A host's kernel tables as seen through /proc, without starting a command for each look. */
import { readFileSync } from "node:fs";
import { addressBytes, ip } from "../../agent/base/address.ts";
import type { HostProcess, Network } from "./network.ts";

export class HostView {
  /** A process that stays on the host and does nothing: its /proc entry shows the host's tables. */
  readonly #anchor: HostProcess;

  constructor(network: Network, host: string) {
    this.#anchor = network.spawn(host, ["sleep", "infinity"]);
  }

  /** Whether the host has the address on one of its interfaces. */
  holds(address: string): boolean {
    if (address.includes(":")) return this.#read("if_inet6").includes(`${digitsOf(address)} `);
    const pattern = `\\|-- ${address.replaceAll(".", "\\.")}\\n\\s+/32 host LOCAL`;
    return new RegExp(pattern).test(this.#read("fib_trie"));
  }

  /** The number of destinations in the host's IPVS table. */
  destinations(): number {
    const lines = this.#read("ip_vs").split("\n");
    return lines.filter((line) => /^\s+-> [0-9A-F[]/.test(line)).length;
  }

  #read(table: string): string {
    return readFileSync(`/proc/${this.#anchor.pid}/net/${table}`, "utf8");
  }
}

/** As the kernel lists IPv6 addresses: all digits, no colons. */
function digitsOf(address: string): string {
  return addressBytes(ip(address)).toHex();
}
