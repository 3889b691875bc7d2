// The endpoint for monitoring: /metrics for Prometheus, /healthz and /readyz for whoever restarts or routes. Plain HTTP, only where it is asked for
// (`vipward run --metrics ADDRESS:PORT`), read only, and without anything that a viewer of the API may not see.

import { messageOf } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { build } from "../../base/version.ts";
import { partsOf } from "../access/prepare-access.ts";
import type { Agent } from "../domain.ts";
import { ListenError } from "../listen-error.ts";
import { familiesOf } from "./catalog.ts";
import { contentType, exposition } from "./openmetrics.ts";

/** What is served, and where. */
export interface MetricsOptions {
  readonly agent: Pick<Agent, "state" | "health" | "certificates">;
  /** "127.0.0.1:9650", "[::1]:9650". */
  readonly address: string;
  readonly log: Log;
}

/** A running endpoint. */
export interface MetricsEndpoint {
  readonly port: number;
  stop(): Promise<void>;
}

/** Seconds that a client may do nothing. */
const idleSeconds = 10;

/** Serves it until it is stopped. Throws ListenError where it cannot. */
export function serveMetrics({ agent, address, log }: MetricsOptions): MetricsEndpoint {
  const place = partsOf(address);
  if (place === undefined) {
    const message = `--metrics ${JSON.stringify(address)} is not understood, expected ADDRESS:PORT: 127.0.0.1:9650, [::1]:9650`;
    throw new ListenError(message, { exitCode: 2 });
  }
  try {
    const { host: hostname, port } = place;
    const server = Bun.serve({ hostname, port, idleTimeout: idleSeconds, fetch: (request) => answer(agent, request) });
    log.info("metrics-listening", { address: hostname, port: server.port });
    return { port: server.port ?? 0, stop: () => server.stop(true) };
  } catch (thrown) {
    const remedy = "choose another place with --metrics";
    throw new ListenError(`cannot serve metrics on ${address}: ${messageOf(thrown)}: ${remedy}`, { cause: thrown });
  }
}

async function answer(agent: MetricsOptions["agent"], request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method !== "GET" && request.method !== "HEAD") return new Response("only GET\n", { status: 405 });
  switch (pathname) {
    case "/metrics": {
      const surroundings = { version: build, certificates: agent.certificates.list() };
      const text = exposition(familiesOf(await agent.state(), surroundings));
      return new Response(text, { headers: { "content-type": contentType } });
    }
    case "/healthz":
      return new Response("ok\n");
    case "/readyz": {
      const isServing = agent.health.serving();
      return new Response(isServing ? "ready\n" : "not ready\n", { status: isServing ? 200 : 503 });
    }
    default:
      return new Response("there are /metrics, /healthz and /readyz\n", { status: 404 });
  }
}
