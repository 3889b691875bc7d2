/** Real servers on this machine's loopback whose health turns with every probe, and the configuration that has them checked: a steady source of events. */
import { Protocol } from "../../agent/control/gen/vipward/v1/config.pb.ts";

/** Where they listen: all addresses of 127/8 are this machine's. */
const port = 8080;

/** The virtual server with all of them; each is probed once a second and answers by turns. */
export function turningServer(count: number) {
  const second = { seconds: 1n, nanos: 0 };
  return {
    address: "10.30.0.1",
    port: 80,
    protocol: Protocol.PROTOCOL_TCP,
    realServers: Array.from({ length: count }, (_, index) => ({
      address: addressOf(index),
      port,
      checkers: [
        {
          kind: {
            $case: "http" as const,
            value: { requests: [{ path: "/" }], delay: second, retries: 0, retryDelay: second },
          },
        },
      ],
    })),
  };
}

function addressOf(index: number): string {
  return `127.0.${1 + (index >> 7)}.${1 + (index & 127)}`;
}

/** Answers 503 and 200 by turns; `onAnswer` hears of each, with the real server's name. */
export function serveTurning(onAnswer: (realServer: string) => void) {
  const healthy = new Set<string>();
  return Bun.serve({
    hostname: "0.0.0.0",
    port,
    fetch: ({ url }) => {
      const { hostname } = new URL(url);
      const isHealthy = !healthy.delete(hostname);
      if (isHealthy) healthy.add(hostname);
      onAnswer(`${hostname}:${port}`);
      return new Response("", { status: isHealthy ? 200 : 503 });
    },
  });
}
