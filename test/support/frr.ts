/** A director that runs FRR's vrrpd (Debian's package frr): another peer, which follows RFC 5798 and knows nothing of keepalived. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostProcess, Network } from "./network.ts";
import { until } from "./until.ts";

export const folder = "/usr/lib/frr";

/** Whether FRR's vrrpd is here: in the lab with LAB_EXTRA="frr". */
export const hasFrr = existsSync(`${folder}/vrrpd`);

/** What a virtual router of FRR is given. The addresses are those of its macvlan, which vrrpd takes up and down with its state. */
export interface FrrRouter {
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  readonly priority: number;
  readonly intervalMs: number;
  readonly family: "ipv4" | "ipv6";
  readonly addresses: readonly string[];
  /** Further lines of the interface, such as "vrrp 51 checksum-with-ipv4-pseudoheader". */
  readonly lines?: readonly string[];
}

export class FrrDirector {
  readonly network: Network;
  readonly host: string;
  readonly #home: string;
  readonly #router: FrrRouter;
  readonly #processes: HostProcess[] = [];

  constructor(network: Network, host: string, router: FrrRouter) {
    this.network = network;
    this.host = host;
    this.#router = router;
    this.#home = join(network.directory, `frr-${host}`);
    mkdirSync(this.#home, { recursive: true });
  }

  /** Makes the macvlan that FRR wants, starts zebra and vrrpd, and waits until vrrpd knows its virtual router. */
  async start(): Promise<void> {
    addTerminalGroup();
    this.#addMacvlan();
    this.#startDaemon("zebra", "log stdout debugging\n");
    await until(() => existsSync(join(this.#home, "zserv.api")), {
      what: "zebra listens",
      timeoutMs: 20_000,
      evidence: () => this.log(),
    });
    await this.startVrrp();
  }

  /** Starts vrrpd, once more after a stop, and waits until it knows its virtual router. */
  async startVrrp(): Promise<void> {
    this.#startDaemon("vrrpd", `log stdout debugging\ninterface eth0\n${this.#lines().join("\n")}\nexit\n`);
    await until(() => this.state() !== undefined, {
      what: "vrrpd has its virtual router",
      timeoutMs: 20_000,
      everyMs: 100,
      evidence: () => this.log(),
    });
  }

  /** Ends vrrpd politely. */
  async stop(): Promise<void> {
    const vrrpd = this.#processes.pop();
    vrrpd?.kill("SIGTERM");
    await vrrpd?.exited;
  }

  /** Kills vrrpd. Its macvlan stays up, and is taken down here, as whoever repairs such a director has to. */
  kill(): void {
    this.#processes.pop()?.kill("SIGKILL");
    this.network.run(this.host, ["ip", "link", "set", "macvlan0", "down"]);
  }

  /** Gives its virtual router another priority while it runs. */
  setPriority(priority: number): void {
    const lines = ["configure terminal", "interface eth0", `vrrp ${this.#router.virtualRouterId} priority ${priority}`];
    this.network.run(this.host, ["vtysh", "--vty_socket", this.#home, ...lines.flatMap((line) => ["-c", line])]);
  }

  /** "Master", "Backup" or "Initialize", as `show vrrp` says; undefined while it says nothing. */
  state(): string | undefined {
    const { stdout } = this.network.exec(this.host, ["vtysh", "--vty_socket", this.#home, "-c", "show vrrp"]);
    const label = this.#router.family === "ipv4" ? /^ *Status \(v4\)\s+(\w+)/m : /^ *Status \(v6\)\s+(\w+)/m;
    return label.exec(stdout)?.[1];
  }

  /** What its daemons have said. */
  log(): string {
    return this.#processes.map(({ output }) => output()).join("\n");
  }

  #addMacvlan(): void {
    const { virtualRouterId, family, addresses } = this.#router;
    const digits = virtualRouterId.toString(16).padStart(2, "0");
    const mac = `00:00:5e:00:0${family === "ipv4" ? 1 : 2}:${digits}`;
    this.network.configure(this.host, [
      `link add macvlan0 link eth0 type macvlan mode bridge`,
      `link set dev macvlan0 addrgenmode none`,
      `link set dev macvlan0 address ${mac}`,
      ...addresses.map((address) => `address add ${address}${family === "ipv6" ? " nodad" : ""} dev macvlan0`),
      `link set dev macvlan0 up`,
    ]);
  }

  #lines(): readonly string[] {
    const { virtualRouterId, version, priority, intervalMs, family, addresses, lines = [] } = this.#router;
    const start = ` vrrp ${virtualRouterId}`;
    return [
      `${start} version ${version}`,
      `${start} priority ${priority}`,
      `${start} advertisement-interval ${intervalMs}`,
      ...addresses.map((address) => `${start} ${family === "ipv4" ? "ip" : "ipv6"} ${address.split("/")[0]}`),
      ...lines.map((line) => ` ${line}`),
    ];
  }

  #startDaemon(daemon: "zebra" | "vrrpd", config: string): void {
    const file = (name: string) => join(this.#home, name);
    writeFileSync(file(`${daemon}.conf`), config);
    const common = ["-u", "root", "-g", "root", "-z", file("zserv.api"), "--vty_socket", this.#home];
    this.#processes.push(
      this.network.spawn(this.host, [
        `${folder}/${daemon}`,
        ...["-f", file(`${daemon}.conf`), "-i", file(`${daemon}.pid`), ...common],
      ]),
    );
  }
}

/** The package's own group, without which no daemon starts. Unpacked in the lab's guest it has not been made; what is written there is gone with it. */
export function addTerminalGroup(): void {
  if (process.env.VIPWARD_LAB === undefined || /^frrvty:/m.test(readFileSync("/etc/group", "utf8"))) return;
  appendFileSync("/etc/group", "frrvty:x:890:root\n");
}
