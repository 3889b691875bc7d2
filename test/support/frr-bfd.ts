/** A host that runs FRR's bfdd (Debian's package frr): another end for BFD sessions, which knows nothing of keepalived. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addTerminalGroup, folder } from "./frr.ts";
import type { HostProcess, Network } from "./network.ts";
import { until } from "./until.ts";

/** One of FRR's peers: the lines of its block, and how it is called. */
export interface FrrPeer {
  /** "10.9.0.1 multihop local-address 10.9.0.9" */
  readonly name: string;
  readonly lines: readonly string[];
}

export class FrrBfd {
  readonly network: Network;
  readonly host: string;
  readonly #home: string;
  readonly #processes: HostProcess[] = [];

  constructor(network: Network, host: string) {
    this.network = network;
    this.host = host;
    this.#home = join(network.directory, `frr-bfd-${host}`);
    mkdirSync(this.#home, { recursive: true });
  }

  /** Starts zebra and bfdd, and waits until bfdd answers. */
  async start(peers: readonly FrrPeer[]): Promise<void> {
    addTerminalGroup();
    const blocks = peers.map(({ name, lines }) => [
      ` peer ${name}`,
      ...lines.map((line) => `  ${line}`),
      " exit",
      " !",
    ]);
    this.#startDaemon("zebra", "log stdout debugging\n", []);
    await until(() => existsSync(join(this.#home, "zserv.api")), {
      ...{ what: "zebra listens", timeoutMs: 20_000, evidence: () => this.log() },
    });
    const config = ["log stdout debugging", "bfd", ...blocks.flat(), "exit", ""].join("\n");
    this.#startDaemon("bfdd", config, ["--bfdctl", join(this.#home, "bfdd.sock")]);
    await until(() => this.peers().length === peers.length, {
      ...{ what: "bfdd has its peers", timeoutMs: 20_000, everyMs: 100, evidence: () => this.log() },
    });
  }

  /** What `show bfd peers` says of each. */
  peers(): readonly { readonly peer: string; readonly status: string; readonly diagnostic: string }[] {
    const { stdout } = this.network.exec(this.host, [
      ...["vtysh", "--vty_socket", this.#home, "-c", "show bfd peers json"],
    ]);
    try {
      return JSON.parse(stdout);
    } catch {
      return [];
    }
  }

  /** Whether all of its sessions are in this state. */
  areAll(status: "up" | "down"): boolean {
    const peers = this.peers();
    return peers.length > 0 && peers.every((peer) => peer.status === status);
  }

  /** bfdd is gone without a word. */
  kill(): void {
    this.#processes.pop()?.kill("SIGKILL");
  }

  /** What its daemons have said. */
  log(): string {
    return this.#processes.map(({ output }) => output()).join("\n");
  }

  #startDaemon(daemon: string, config: string, more: readonly string[]): void {
    const file = (name: string) => join(this.#home, name);
    writeFileSync(file(`${daemon}.conf`), config);
    const common = ["-u", "root", "-g", "root", "-z", file("zserv.api"), "--vty_socket", this.#home];
    this.#processes.push(
      this.network.spawn(this.host, [
        ...[`${folder}/${daemon}`, "-f", file(`${daemon}.conf`), "-i", file(`${daemon}.pid`)],
        ...[...common, ...more],
      ]),
    );
  }
}
