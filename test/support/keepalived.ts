/** A director that runs Debian's keepalived, VRRP only unless it is said: the peer that vipward has to get along with. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HostView } from "./host-view.ts";
import type { HostProcess, Network } from "./network.ts";
import { until } from "./until.ts";

export class KeepalivedDirector {
  readonly network: Network;
  readonly host: string;
  readonly #home: string;
  readonly #view: HostView;
  readonly #what: string;
  #config: string;
  #main: HostProcess | undefined;

  /** `what` is the option that says which of its processes run. */
  constructor(network: Network, host: string, config: string, what: "-P" | "--all" = "-P") {
    this.network = network;
    this.#what = what;
    this.host = host;
    this.#home = join(network.directory, `keepalived-${host}`);
    this.#config = config;
    mkdirSync(this.#home, { recursive: true });
    this.#view = new HostView(network, host);
  }

  /** The configuration that it runs, or starts with. */
  get config(): string {
    return this.#config;
  }

  /** Changes the configuration file of the next start. */
  rewriteConfig(change: (text: string) => string): void {
    this.#config = change(this.#config);
  }

  /** Replaces the configuration of the running one. */
  reload(config: string): void {
    this.#config = config;
    writeFileSync(join(this.#home, "keepalived.conf"), config);
    this.#main?.kill("SIGHUP");
  }

  /** Starts it and waits until its VRRP process runs. */
  async start(): Promise<void> {
    const file = (name: string) => join(this.#home, name);
    writeFileSync(file("keepalived.conf"), this.#config);
    const pids = ["-p", file("main.pid"), "-r", file("vrrp.pid"), "-b", file("bfd.pid"), "-c", file("checkers.pid")];
    this.#main = this.network.spawn(
      this.host,
      ["keepalived", this.#what, "-n", "-l", "-D", "-f", file("keepalived.conf"), ...pids],
      { log: file("log") },
    );
    await until(() => this.#pid("vrrp.pid"), {
      what: "keepalived's VRRP process runs",
      timeoutMs: 20_000,
      evidence: () => this.log(),
    });
  }

  /** Kills all of its processes at once. Its addresses stay behind, as they do on a real director. Its children remove them when they have time
   * to see that their parent is gone, and its parent starts killed children again: so the parent is stopped, and goes last. */
  kill(): void {
    const children = ["vrrp.pid", "bfd.pid", "checkers.pid"].map((file) => this.#pid(file));
    this.#main?.kill("SIGSTOP");
    for (const child of children) if (child !== undefined) process.kill(child, "SIGKILL");
    this.#main?.kill("SIGKILL");
  }

  /** Removes addresses that a kill left behind. */
  dropAddresses(addresses: readonly string[]): void {
    const lines = addresses.flatMap((address) =>
      ["eth0", "eth1"].flatMap((link) =>
        (address.includes(":") ? [128, 64] : [32, 24]).map((length) => `address del ${address}/${length} dev ${link}`),
      ),
    );
    // Most of them are not there: it goes on with the next.
    this.network.exec(this.host, ["ip", "-force", "-batch", "-"], `${lines.join("\n")}\n`);
  }

  /** Stops it politely and waits until it is gone. */
  async stop(): Promise<void> {
    this.#main?.kill("SIGTERM");
    await this.#main?.exited;
  }

  /** What it has logged. */
  log(): string {
    try {
      return readFileSync(join(this.#home, "log"), "utf8");
    } catch {
      return "";
    }
  }

  /** Whether the host has the address on one of its interfaces. */
  holds(address: string): boolean {
    return this.#view.holds(address);
  }

  #pid(file: string): number | undefined {
    try {
      return Number.parseInt(readFileSync(join(this.#home, file), "utf8"), 10) || undefined;
    } catch {
      return undefined;
    }
  }
}
