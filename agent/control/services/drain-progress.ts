// The progress of a drain: how many connections are left, every second, until few enough are or the deadline has come.

import type { VirtualServerView } from "../../balancer/view.ts";
import type { Agent } from "../domain.ts";
import type { Override, OverrideTarget } from "../overrides/override.ts";

/** How far a drain is. */
export interface DrainProgress {
  readonly override: Override;
  readonly active: number;
  readonly inactive: number;
  readonly drained: boolean;
  readonly deadlineExceeded: boolean;
}

/** When a drain's progress ends. */
export interface DrainEnd {
  readonly floor: number;
  readonly deadlineMs: number;
}

const everyMs = 1000;

/** Tells how far a drain is until it is done. Closing it does not end the drain. */
export function drainProgress(
  agent: Pick<Agent, "state">,
  override: Override,
  { floor, deadlineMs }: DrainEnd,
): AsyncIterable<DrainProgress> & { close(): void } {
  let isClosed = false;
  async function* messages() {
    const deadline = performance.now() + deadlineMs;
    while (!isClosed) {
      const left = connectionsOf((await agent.state()).virtualServers, override.target);
      const drained = left.active <= floor;
      const deadlineExceeded = !drained && performance.now() >= deadline;
      yield { override, ...left, drained, deadlineExceeded };
      if (drained || deadlineExceeded) return;
      await Bun.sleep(Math.min(everyMs, deadlineMs));
    }
  }
  return { [Symbol.asyncIterator]: messages, close: () => (isClosed = true) };
}

function connectionsOf(servers: readonly VirtualServerView[], target: OverrideTarget) {
  const concerned = servers
    .filter(({ name }) => target.kind === "node" || ("virtualServer" in target && target.virtualServer === name))
    .flatMap(({ realServers }) => realServers)
    .filter(({ name }) => target.kind !== "real-server" || target.realServer === name);
  return {
    active: concerned.reduce((sum, { activeConnections }) => sum + activeConnections, 0),
    inactive: concerned.reduce((sum, { inactiveConnections }) => sum + inactiveConnections, 0),
  };
}
