import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../test/support/until.ts";
import { Channel } from "./channel.ts";

let directory: string;
let theirs: Socket;
let ours: Socket;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "channel-"));
  const path = join(directory, "socket");
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer(accepted.resolve).listen(path);
  ours = connect(path);
  theirs = await accepted.promise;
  server.close();
});

afterEach(() => {
  for (const socket of [ours, theirs]) socket.destroy();
  rmSync(directory, { recursive: true });
});

const megabytes = (count: number) => "x".repeat(count * 1024 * 1024);

test("a message that is larger than what may wait arrives whole, and so does what is said behind it", async () => {
  const heard: (string | number)[] = [];
  const closed: string[] = [];
  const onClosed = (reason: string) => void closed.push(reason);
  new Channel<string | number, never>(theirs, { onMessage: (message) => heard.push(message), onClosed });
  const channel = new Channel<never, string | number>(ours, { onMessage: () => {}, onClosed });
  channel.send(megabytes(70));
  channel.send(1);
  channel.send(2);
  await until(() => heard.length === 3 || closed.length > 0, { what: "all has arrived", timeoutMs: 20_000 });
  expect(closed).toEqual([]);
  expect(heard.map((message) => (typeof message === "string" ? message.length : message))).toEqual([
    70 * 1024 * 1024,
    1,
    2,
  ]);
});

test("a peer that does not read loses its connection", () => {
  const closed: string[] = [];
  theirs.pause();
  const channel = new Channel<never, string>(ours, { onMessage: () => {}, onClosed: (reason) => closed.push(reason) });
  for (let count = 0; count < 20 && closed.length === 0; count++) channel.send(megabytes(10));
  expect(closed).toEqual(["the peer does not read"]);
});
