/**
 * A real server for tests, run on a host of a `Network`: answers every HTTP request with its name, closes the connection
 * after each answer (so that each request is a connection that IPVS schedules) and counts requests per path.
 *
 *   bun real-server-fixture.ts NAME PORT CONTROL_SOCKET
 *
 * Says "ready" when it listens. SIGUSR1 closes the listener and its connections, SIGUSR2 opens it again. The control socket
 * (a Unix socket, reachable from every namespace) takes one JSON command per line and answers one JSON line: see
 * `real-server.ts`, which is how tests talk to it.
 */
import type { Socket, TCPSocketListener } from "bun";
import type { Answer, Command } from "./real-server.ts";

const [name = "real-server", port = "80", control = ""] = process.argv.slice(2);
const requests: Record<string, number> = {};
let answer: Answer = { status: 200, body: name, delayMs: 0 };
let listener: TCPSocketListener<{ head: string }> | undefined;

open();
process.on("SIGUSR1", close);
process.on("SIGUSR2", open);
Bun.listen<{ text: string }>({
  unix: control,
  socket: {
    open: (socket) => {
      socket.data = { text: "" };
    },
    data: (socket, chunk) => {
      const lines = (socket.data.text + chunk.toString()).split("\n");
      socket.data.text = lines.pop() ?? "";
      for (const line of lines) socket.write(`${JSON.stringify(obey(JSON.parse(line)))}\n`);
    },
  },
});
console.log("ready");

function obey(command: Command): unknown {
  if (command.do === "open") open();
  if (command.do === "close") close();
  if (command.do === "answer") answer = { ...answer, ...command.answer };
  return { listening: listener !== undefined, requests };
}

function open(): void {
  listener ??= Bun.listen<{ head: string }>({
    hostname: "::",
    port: Number(port),
    socket: {
      open: (socket) => {
        socket.data = { head: "" };
      },
      data: (socket, chunk) => {
        socket.data.head += chunk.toString("latin1");
        if (socket.data.head.includes("\r\n\r\n")) reply(socket);
      },
    },
  });
}

function close(): void {
  listener?.stop(true);
  listener = undefined;
}

function reply(socket: Socket<{ head: string }>): void {
  const path = socket.data.head.split(" ", 2)[1] ?? "?";
  requests[path] = (requests[path] ?? 0) + 1;
  socket.data.head = "";
  const body = `${answer.body}\n`;
  const text = `HTTP/1.0 ${answer.status} as told\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
  if (answer.delayMs > 0) setTimeout(() => socket.end(text), answer.delayMs);
  else socket.end(text);
}
