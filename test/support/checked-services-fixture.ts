/**
 * What newer checks ask, for tests, run on a host of a `Network`: an agent that says a weight (9999), HTTP/2 in clear (8080) and over TLS (8443).
 *
 *   bun checked-services-fixture.ts STATE_FILE
 *
 * The file says in JSON what they answer: {"agent": "50%", "status": 200}; without an agent's word it takes connections and says nothing.
 * Says "ready" when all of them listen.
 */
import { readFileSync } from "node:fs";
import { createSecureServer, createServer, type ServerHttp2Stream } from "node:http2";
import { createServer as createPlainServer } from "node:net";
import { certificate, key } from "../health/certificate-fixture.ts";

const [file = ""] = process.argv.slice(2);
const state = (): { readonly agent?: string; readonly status: number } => JSON.parse(readFileSync(file, "utf8"));

const agent = createPlainServer((socket) => {
  socket.on("error", () => undefined);
  const { agent: word } = state();
  if (word !== undefined) socket.end(`${word}\n`);
});

function answer(stream: ServerHttp2Stream, head: Readonly<Record<string, unknown>>): void {
  stream.on("error", () => undefined);
  if (head[":path"] === "/old") stream.respond({ ":status": 302, location: "/new" });
  else stream.respond({ ":status": state().status });
  stream.end("hello\n");
}

const servers = [
  [agent, 9999],
  [createServer().on("stream", answer), 8080],
  [createSecureServer({ key, cert: certificate }).on("stream", answer), 8443],
] as const;
await Promise.all(servers.map(([server, port]) => new Promise<void>((resolve) => void server.listen(port, resolve))));
console.log("ready");
