/**
 * A client for tests, run on a host of a `Network`: asks a URL at a steady rate, each request on a connection of its own with
 * a time limit, whether or not earlier ones have been answered, and writes one JSON line per finished request.
 *
 *   bun client-fixture.ts URL REQUESTS_PER_SECOND TIME_LIMIT_MS
 *
 * Lines are `Request` of `client.ts`. On SIGTERM it asks no more, and ends when every request has been answered or has failed.
 */
import type { Request } from "./client.ts";

const url = new URL(process.argv[2] ?? "");
const intervalMs = 1000 / Number(process.argv[3] ?? 10);
const limitMs = Number(process.argv[4] ?? 1000);
const hostname = url.hostname.replace(/^\[|\]$/g, "");
const question = `GET ${url.pathname} HTTP/1.0\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`;
let next = performance.now();
let waiting = 0;
let ending = false;

process.on("SIGTERM", () => {
  ending = true;
  endWhenAllIsSaid();
});
tick();

/** Keeps to the grid of the rate even when a timer is late. */
function tick(): void {
  if (ending) return;
  waiting += 1;
  ask().then((request) => {
    process.stdout.write(`${JSON.stringify(request)}\n`);
    waiting -= 1;
    endWhenAllIsSaid();
  });
  next += intervalMs;
  setTimeout(tick, Math.max(0, next - performance.now()));
}

function endWhenAllIsSaid(): void {
  if (ending && waiting === 0) process.exit(0);
}

function ask(): Promise<Request> {
  const start = performance.now();
  const at = performance.timeOrigin + start;
  return new Promise((resolve) => {
    const done = (result: { server: string } | { error: string }) => {
      clearTimeout(limit);
      resolve({ at, ok: "server" in result, ms: performance.now() - start, ...result });
    };
    const limit = setTimeout(() => {
      done({ error: "timeout" });
      connection.then((socket) => socket.terminate()).catch(() => undefined);
    }, limitMs);
    let text = "";
    const connection = Bun.connect({
      hostname,
      port: Number(url.port || 80),
      socket: {
        open: (socket) => void socket.write(question),
        data: (_, chunk) => {
          text += chunk.toString();
        },
        error: (_, error) => done({ error: error.message }),
        close: () => done(serverIn(text)),
      },
    });
    connection.catch((error: Error & { code?: string }) => done({ error: error.code ?? error.message }));
  });
}

function serverIn(text: string): { server: string } | { error: string } {
  const [head = "", body = ""] = text.split("\r\n\r\n", 2);
  const status = head.split(" ", 2)[1];
  if (status === "200") return { server: body.trim() };
  return { error: status === undefined ? "closed without an answer" : `status ${status}` };
}
