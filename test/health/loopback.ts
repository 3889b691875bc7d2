// Real listeners on loopback, and probes of them.

import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { HttpProbeModel, HttpRequestModel, TcpProbeModel } from "../../agent/config/model.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { http, plainGet, tcp } from "../balancer/model-builders.ts";
import { until } from "../support/until.ts";

export const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
export const never = new AbortController().signal;
export const patient = milliseconds(5_000);
export const short = milliseconds(150);
/** What a loaded machine may take beyond a deadline. */
export const slack = 500;
const opened: Server[] = [];

/** Closes every listener that was opened. */
export function closeListeners(): void {
  for (const server of opened.splice(0)) server.close();
}

/** The first connection makes the runtime open descriptors of its own, which stay. */
export async function connectOnce(): Promise<void> {
  await tcpProbe(await listen(() => undefined));
}

/** A port on loopback to which connections hang: its accept queue is full and nobody accepts. */
export class Silent {
  port = 0;
  #child: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;
  readonly #fillers: Socket[] = [];

  async start(): Promise<void> {
    const script = join(import.meta.dir, "silent-listener-fixture.ts");
    this.#child = Bun.spawn([process.execPath, script], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const { value } = await this.#child.stdout.getReader().read();
    this.port = Number(new TextDecoder().decode(value));
    await until(() => this.#isFull(), { what: "connections to the silent listener hang" });
  }

  stop(): void {
    for (const socket of this.#fillers) socket.destroy();
    this.#child?.kill("SIGKILL");
  }

  /** Connects until the kernel leaves a connection in SYN-SENT. */
  async #isFull(): Promise<boolean> {
    const { connect } = await import("node:net");
    for (let count = 0; count < 100; count++) {
      const socket = connect({ host: "127.0.0.1", port: this.port });
      socket.on("error", () => undefined);
      this.#fillers.push(socket);
    }
    await Bun.sleep(5);
    return connectionsTo(this.port, synSent) > 0;
  }
}

const synSent = "02";
const timeWait = "06";

export function timeWaits(port: number): number {
  return connectionsTo(port, timeWait);
}

/** Counts sockets by state in /proc/net/tcp, whose numbers are hexadecimal. */
export function connectionsTo(port: number, state: string): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return lines.map((line) => line.trim().split(/\s+/)).filter((row) => row[2]?.endsWith(suffix) && row[3] === state)
    .length;
}

export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

export function listen(onConnection: (socket: Socket) => void, host = "127.0.0.1"): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  opened.push(server);
  return new Promise((resolve) => server.listen(0, host, () => resolve(portOf(server))));
}

export function answering(text: string): Promise<number> {
  return listen((socket) => socket.once("data", () => socket.end(text)));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address.port;
}

export async function unusedPort(): Promise<number> {
  const port = await listen(() => undefined);
  const server = opened.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}

export function local(port: number): TcpProbeModel {
  return tcp({ address: ip("127.0.0.1"), port, timeout: patient });
}

export function tcpProbe(port: number, settings: Partial<TcpProbeModel> = {}): Promise<ProbeOutcome> {
  return probes.tcp({ ...local(port), ...settings }, never);
}

export function httpProbe(port: number, settings: Partial<HttpProbeModel> = {}): Promise<ProbeOutcome> {
  return probes.http(http({ address: ip("127.0.0.1"), port, timeout: patient, ...settings }), never);
}

export function request(settings: Partial<HttpRequestModel> = {}): HttpRequestModel {
  return { path: "/", statusCodes: [{ from: 200, to: 299 }], digest: undefined, ...plainGet, ...settings };
}

export function passed(detail: string): ProbeOutcome {
  return { kind: "passed", detail };
}

export function failed(detail: string): ProbeOutcome {
  return { kind: "failed", detail };
}

export async function timed(work: () => Promise<ProbeOutcome>): Promise<{ outcome: ProbeOutcome; took: number }> {
  const start = performance.now();
  const outcome = await work();
  return { outcome, took: performance.now() - start };
}
