/** A director for tests: the compiled binary on a host of a `Network`, what it did to that host's kernel, and ways to hurt it. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "../../agent/supervisor/process-table.ts";
import { HostView } from "./host-view.ts";
import type { HostProcess, Network } from "./network.ts";
import { until } from "./until.ts";

/** The binary under test: `dist/vipward` unless VIPWARD names another. */
export const binary = process.env.VIPWARD ?? join(import.meta.dir, "../../dist/vipward");

/** The agent's three processes. */
export type Role = "control" | "vrrp" | "checkers";

/** What the command line said. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** How an agent is started. */
export interface StartOptions {
  readonly withConfig?: boolean;
  readonly options?: readonly string[];
  readonly program?: string;
}

export class Director {
  readonly network: Network;
  readonly host: string;
  readonly runtimeDirectory: string;
  readonly stateDirectory: string;
  readonly configFile: string;
  readonly log: string;
  readonly #view: HostView;
  #control: HostProcess | undefined;

  /** A director that is not started yet. */
  constructor(network: Network, host: string) {
    const home = join(network.directory, `vipward-${host}`);
    this.network = network;
    this.host = host;
    this.runtimeDirectory = join(home, "run");
    this.stateDirectory = join(home, "state");
    this.configFile = join(home, "keepalived.conf");
    this.log = join(home, "log");
    mkdirSync(home, { recursive: true });
    this.#view = new HostView(network, host);
  }

  /** Writes the configuration file that `start` uses. */
  writeConfig(text: string): this {
    writeFileSync(this.configFile, text);
    return this;
  }

  /** Starts the agent, with the written configuration file unless told otherwise. Returns at once. `program`: another binary than the one under test. */
  start({ withConfig = true, options = [], program = binary }: StartOptions = {}): this {
    const config = withConfig ? ["--config", this.configFile] : [];
    const directories = ["--runtime-dir", this.runtimeDirectory, "--state-dir", this.stateDirectory];
    this.#control = this.network.spawn(this.host, [program, "run", ...config, ...directories, ...options], {
      log: this.log,
    });
    return this;
  }

  /** Waits until the agent answers and says it is ready. */
  async ready(timeoutMs = 30_000): Promise<this> {
    const what = `the agent on ${this.host} is ready`;
    await until(() => this.logText().includes("agent-ready"), { what, timeoutMs, evidence: () => this.logText() });
    return this;
  }

  /** What the agent has logged. */
  logText(): string {
    try {
      return readFileSync(this.log, "utf8");
    } catch {
      return "";
    }
  }

  /** Resolves with the exit code of control. */
  get exited(): Promise<number> {
    return this.#control?.exited ?? Promise.resolve(-1);
  }

  /** The id of one of the agent's processes while it runs. */
  pid(role: Role): number | undefined {
    const pid = role === "control" ? this.#control?.pid : readPid(join(this.runtimeDirectory, `${role}.pid`));
    return pid !== undefined && isRunning(pid) ? pid : undefined;
  }

  /** Sends a signal to one of the agent's processes. */
  signal(role: Role, signal: NodeJS.Signals): void {
    const pid = this.pid(role);
    if (pid === undefined) throw new Error(`no ${role} process runs on ${this.host}`);
    process.kill(pid, signal);
  }

  /** Kills all of the agent's processes at once, as a crash of everything does. */
  killEverything(): void {
    for (const role of ["control", "vrrp", "checkers"] as const)
      if (this.pid(role) !== undefined) this.signal(role, "SIGKILL");
  }

  /** Runs the command line against this director's agent. */
  cli(...words: string[]): Said {
    const target = ["--runtime-dir", this.runtimeDirectory];
    const { stdout, stderr, exitCode } = Bun.spawnSync([binary, ...words, ...target], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    return { stdout: stdout.toString(), stderr: stderr.toString(), code: exitCode };
  }

  /** Whether the host has the address on one of its interfaces, as the kernel's own table says. */
  holds(address: string): boolean {
    return this.#view.holds(address);
  }

  /** The host's IPVS table as `ipvsadm -Sn` prints it, sorted; ipvsadm is not ours. */
  table(): string[] {
    return this.network
      .run(this.host, ["ipvsadm", "-Sn"])
      .split("\n")
      .filter((line) => line !== "")
      .sort();
  }

  /** The number of destinations in the host's IPVS table, as the kernel's own table says. */
  destinations(): number {
    return this.#view.destinations();
  }

  /** Waits until the director holds the address. */
  async becomesMaster(address: string, timeoutMs = 20_000): Promise<void> {
    await until(() => this.holds(address), {
      what: `${this.host} holds ${address}`,
      timeoutMs,
      everyMs: 5,
      evidence: () => this.logText(),
    });
  }
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    return undefined;
  }
}
