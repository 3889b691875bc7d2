/** A client that keeps asking a virtual server from a host of a `Network`, and what became of each request. */
import { join } from "node:path";
import type { HostProcess, Network } from "./network.ts";
import { type Patience, until } from "./until.ts";

/** One finished request. */
export interface Request {
  /** When it was started: milliseconds since 1970, comparable with captures of the same machine. */
  readonly at: number;
  readonly ok: boolean;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** The name that the real server answered with, if ok. */
  readonly server?: string;
  /** What went wrong, if not ok: "timeout", "ECONNREFUSED", "status 503" ... */
  readonly error?: string;
}

export interface Rate {
  readonly perSecond?: number;
  /** Time limit of each request in milliseconds. */
  readonly limitMs?: number;
}

export class Client {
  private constructor(readonly process: HostProcess) {}

  /** Starts asking a URL such as "http://10.9.0.100/" from a host; goes on until stopped. */
  static start(network: Network, host: string, url: string, { perSecond = 20, limitMs = 1000 }: Rate = {}): Client {
    const script = join(import.meta.dir, "client-fixture.ts");
    return new Client(network.spawn(host, [process.execPath, script, url, String(perSecond), String(limitMs)]));
  }

  /** All requests finished so far, in the order in which they finished. */
  requests(): Request[] {
    const lines = this.process.output().split("\n");
    lines.pop(); // empty, or half written
    return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  }

  /** Waits until the requests so far satisfy a condition; returns them. */
  waitFor(condition: (requests: readonly Request[]) => boolean, patience: Patience): Promise<Request[]> {
    const satisfied = () => {
      const requests = this.requests();
      return condition(requests) && requests;
    };
    return until(satisfied, { evidence: () => summary(this.requests()), everyMs: 25, ...patience });
  }

  /** Waits for a number of requests that were started from now on, good or bad; returns them. */
  async next(count: number, timeoutMs = 30_000): Promise<Request[]> {
    const from = performance.timeOrigin + performance.now();
    const later = (requests: readonly Request[]) => requests.filter(({ at }) => at >= from);
    const what = `${count} more requests have ended`;
    return later(await this.waitFor((requests) => later(requests).length >= count, { what, timeoutMs })).slice(
      0,
      count,
    );
  }

  async stop(): Promise<Request[]> {
    this.process.kill("SIGTERM");
    await this.process.exited;
    return this.requests();
  }
}

/** How many requests each real server answered, and each error befell: `{ r1: 10, r2: 10 }`. */
export function tally(requests: readonly Request[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { server, error } of requests) {
    const key = server ?? error ?? "unknown";
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** The longest time in which no request that succeeded was started, in milliseconds: how long the service was away for this client. */
export function longestOutage(requests: readonly Request[]): number {
  const good = requests
    .filter(({ ok }) => ok)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  return Math.max(0, ...good.slice(1).map((at, index) => at - (good[index] ?? at)));
}

function summary(requests: readonly Request[]): string {
  return `so far ${JSON.stringify(tally(requests))}`;
}
