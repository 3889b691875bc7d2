// A third reader of what directors say to each other: tshark, which belongs to neither. In the lab with LAB_EXTRA="tshark"; without it nothing is judged.

import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Network } from "./network.ts";
import { until } from "./until.ts";

const hasTshark = existsSync("/usr/bin/tshark");

/** tshark's opinion of every advertisement that a host has seen. */
export class PacketReader {
  private constructor(
    readonly network: Network,
    readonly host: string,
    readonly file: string,
  ) {}

  static async start(network: Network, host: string): Promise<PacketReader> {
    const file = join(network.directory, `${host}.pcap`);
    const filter = "ip proto 112 or ip6 proto 112 or ip proto 51";
    const dump = network.spawn(host, ["tcpdump", "-Z", "root", "-U", "-i", "eth0", "-w", file, filter]);
    await until(() => dump.output().includes("listening on"), { what: "tcpdump listens", timeoutMs: 20_000 });
    return new PacketReader(network, host, file);
  }

  /** Nothing is malformed, and every checksum is right, but of virtual routers of which another kind is meant. */
  async judge(otherChecksums: readonly number[] = []): Promise<void> {
    if (!hasTshark) return console.warn(`nothing is judged by tshark, which is not here: LAB_EXTRA="tshark" brings it`);
    const read = (filter: string) =>
      this.network.exec(this.host, ["tshark", "-n", "-r", this.file, "-o", "ip.check_checksum:TRUE", "-Y", filter])
        .stdout;
    expect(read("vrrp").split("\n").length).toBeGreaterThan(10);
    const others = otherChecksums.map((id) => ` and vrrp.virt_rtr_id != ${id}`).join("");
    const wrong = `_ws.malformed or ip.checksum.status == "Bad" or (vrrp.checksum.status == "Bad"${others})`;
    expect(read(wrong)).toBe("");
  }
}
