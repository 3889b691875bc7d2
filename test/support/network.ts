/**
 * A small network for tests: hosts are network namespaces, wired by veth pairs to bridges ("segments") in one more namespace.
 * Works in the lab's guest (where the kernel has IPVS) and as root on any Linux host. Each change of a host is one or two
 * processes, because processes are what costs in the guest.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** What a command said and its exit code. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface SpawnOptions {
  /** File that takes stdout and stderr; one in the network's own directory unless given. */
  readonly log?: string;
  /** Variables on top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that the network started on one of its hosts and ends at the latest when it is disposed of. */
export interface HostProcess {
  readonly pid: number;
  readonly host: string;
  /** File with its stdout and stderr. */
  readonly log: string;
  /** Exit code, or 128 plus the number of the signal that ended it. */
  readonly exited: Promise<number>;
  readonly isRunning: boolean;
  kill(signal?: NodeJS.Signals): void;
  /** What it has written so far. */
  output(): string;
}

interface Host {
  readonly name: string;
  readonly namespace: string;
  /** Its interfaces eth0, eth1 ..., in this order, and where each is plugged in. */
  readonly plugs: Plug[];
}

interface Plug {
  readonly link: string;
  /** The other end of the cable, in the switch. */
  readonly port: string;
  readonly segment: string;
}

/** The segment that hosts are put on unless another is named. */
export const FRONT = "front";

let made = 0;

export class Network {
  /** A directory for sockets, configuration and logs, removed with the network. */
  readonly directory: string;
  readonly #prefix: string;
  readonly #switch: string;
  readonly #namespaces: string[] = [];
  readonly #hosts = new Map<string, Host>();
  readonly #segments = new Set<string>();
  readonly #processes = new Set<HostProcess>();
  #ports = 0;
  #logs = 0;
  readonly #atExit = () => this.#removeEverything();

  /** A network without hosts. The prefix, this process's id and a count begin the name of every namespace it makes. */
  static create(prefix: string): Network {
    const network = new Network(prefix);
    try {
      network.#addNamespace(network.#switch);
      // A switch has nothing to say: no neighbour discovery of its own in the captures.
      network.#write(network.#switch, { "net.ipv6.conf.default.disable_ipv6": 1 });
      network.addSegment(FRONT);
      return network;
    } catch (error) {
      network.#removeEverything();
      throw error;
    }
  }

  private constructor(prefix: string) {
    this.#prefix = `${prefix}${process.pid}.${made++}`;
    this.#switch = `${this.#prefix}-switch`;
    this.directory = mkdtempSync(join(tmpdir(), `${prefix}-`));
    process.on("exit", this.#atExit);
  }

  /** Adds an Ethernet segment: a bridge that learns and floods at once. */
  addSegment(segment: string): void {
    if (this.#segments.has(segment)) throw new Error(`segment ${segment} exists already`);
    this.#segments.add(segment);
    this.#batch(this.#switch, [`link add ${segment} up type bridge mcast_snooping 0 forward_delay 0`]);
  }

  /** Adds a host with eth0 on a segment (front unless named) and the addresses, such as "10.9.0.1/24", separated by spaces. */
  addHost(name: string, addresses: string, segment = FRONT): void {
    if (this.#hosts.has(name)) throw new Error(`host ${name} exists already`);
    const namespace = `${this.#prefix}-${name}`;
    this.#addNamespace(namespace);
    this.#hosts.set(name, { name, namespace, plugs: [] });
    this.setKernelParameters(name, { "net.ipv6.conf.all.accept_dad": 0, "net.ipv6.conf.default.accept_dad": 0 });
    this.#plug(name, addresses, segment, ["link set lo up"]);
  }

  /** Plugs one more interface of a host into a segment, made if it is new; returns the interface's name (eth0, eth1 ...). */
  connect(name: string, addresses: string, segment: string): string {
    return this.#plug(name, addresses, segment, []);
  }

  /** Runs lines of `ip -batch` on a host, such as "route add default via 10.9.0.1". */
  configure(name: string, lines: readonly string[]): void {
    this.#batch(this.namespace(name), lines);
  }

  /** Sets sysctl values of a host's network stack, by dotted name. */
  setKernelParameters(name: string, values: Readonly<Record<string, string | number>>): void {
    this.#write(this.namespace(name), values);
  }

  /** Pulls the cable of a host's interface, or plugs it in again: the link loses its carrier and keeps its addresses. */
  setCarrier(name: string, link: string, present: boolean): void {
    this.#batch(this.#switch, [`link set ${this.#plugOf(name, link).port} ${present ? "up" : "down"}`]);
  }

  /** Lets frames pass between a host's interface and its segment, or not; the host does not notice, its link stays up. */
  setReachable(name: string, link: string, reachable: boolean): void {
    const { port, segment } = this.#plugOf(name, link);
    this.#batch(this.#switch, [`link set ${port} ${reachable ? `master ${segment}` : "nomaster"}`]);
  }

  /** The name of a host's namespace, for `ip netns` and /run/netns. */
  namespace(name: string): string {
    return this.#host(name).namespace;
  }

  /** Runs a command on a host, whatever its exit code. */
  exec(name: string, argv: readonly string[], stdin = ""): CommandResult {
    return command(["ip", "netns", "exec", this.namespace(name), ...argv], stdin);
  }

  /** Runs a command on a host that has to succeed; returns its stdout. */
  run(name: string, argv: readonly string[], stdin = ""): string {
    return succeed(["ip", "netns", "exec", this.namespace(name), ...argv], stdin);
  }

  /** Starts a process on a host. `ip netns exec` becomes the command, so the process id is the command's own. */
  spawn(name: string, argv: readonly string[], { log, env = {} }: SpawnOptions = {}): HostProcess {
    const file = log ?? join(this.directory, `${name}-${this.#logs++}.log`);
    const output = openSync(file, "a");
    const child = Bun.spawn(["ip", "netns", "exec", this.namespace(name), ...argv], {
      env: { ...process.env, ...env },
      stdin: "ignore",
      stdout: output,
      stderr: output,
    });
    closeSync(output);
    const started = hostProcess(child, name, file);
    this.#processes.add(started);
    return started;
  }

  /** Ends the processes it started, politely first, and removes its namespaces and its directory. Can be called twice. */
  async dispose(): Promise<void> {
    const running = [...this.#processes].filter((started) => started.isRunning);
    for (const started of running) started.kill("SIGTERM");
    const gone = () => running.every((started) => !started.isRunning);
    await until(gone, { what: "processes end on SIGTERM", timeoutMs: 2_000 }).catch(() => undefined);
    this.#removeEverything();
    await Promise.all(running.map((started) => started.exited));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Synchronous, so that it also serves a process that exits without having disposed of its network. */
  #removeEverything(): void {
    process.off("exit", this.#atExit);
    for (const started of this.#processes) started.kill("SIGKILL");
    for (const namespace of this.#namespaces.splice(0)) {
      for (const pid of words(command(["ip", "netns", "pids", namespace]).stdout)) end(Number(pid));
      command(["ip", "netns", "delete", namespace]);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  #addNamespace(namespace: string): void {
    this.#namespaces.push(namespace);
    succeed(["ip", "netns", "add", namespace]);
  }

  #plug(name: string, addresses: string, segment: string, first: readonly string[]): string {
    if (!this.#segments.has(segment)) this.addSegment(segment);
    const host = this.#host(name);
    const link = `eth${host.plugs.length}`;
    const port = `port${this.#ports++}`;
    this.#batch(this.#switch, [
      `link add ${port} up master ${segment} type veth peer name ${link} netns ${host.namespace}`,
    ]);
    host.plugs.push({ link, port, segment });
    this.configure(name, [
      ...first,
      `link set ${link} up`,
      ...words(addresses).map((address) => addressOn(address, link)),
    ]);
    return link;
  }

  #write(namespace: string, values: Readonly<Record<string, string | number>>): void {
    const writes = Object.entries(values).map(([key, value]) => `echo ${value} >/proc/sys/${key.replaceAll(".", "/")}`);
    succeed(["ip", "netns", "exec", namespace, "sh", "-ec", writes.join("\n")]);
  }

  #batch(namespace: string, lines: readonly string[]): void {
    if (lines.length > 0) succeed(["ip", "-n", namespace, "-batch", "-"], `${lines.join("\n")}\n`);
  }

  #plugOf(name: string, link: string): Plug {
    const plug = this.#host(name).plugs.find((candidate) => candidate.link === link);
    if (!plug) throw new Error(`host ${name} has no ${link} that is plugged into a segment`);
    return plug;
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name);
    if (!host) throw new Error(`no host ${name}, expected one of ${[...this.#hosts.keys()].join(", ")}`);
    return host;
  }
}

function hostProcess(child: Bun.Subprocess, host: string, log: string): HostProcess {
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid,
    host,
    log,
    exited: child.exited,
    get isRunning() {
      return isRunning();
    },
    kill: (signal = "SIGTERM") => {
      if (isRunning()) child.kill(signal);
    },
    output: () => readFileSync(log, "utf8"),
  };
}

function command(argv: readonly string[], stdin = ""): CommandResult {
  const { stdout, stderr, exitCode } = Bun.spawnSync([...argv], {
    stdin: Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  return { stdout: stdout.toString(), stderr: stderr.toString(), code: exitCode };
}

function succeed(argv: readonly string[], stdin = ""): string {
  const { stdout, stderr, code } = command(argv, stdin);
  if (code !== 0)
    throw new Error(`${argv.join(" ")} failed with ${code}: ${stderr.trim() || stdout.trim()}\n${stdin}`.trimEnd());
  return stdout;
}

/** Ends a leftover child of ours, found in a namespace that only we use. */
function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has gone by itself.
  }
}

function addressOn(address: string, link: string): string {
  return `address add ${address} dev ${link}${address.includes(":") ? " nodad" : ""}`;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
