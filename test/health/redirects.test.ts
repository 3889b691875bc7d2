// Redirects that an HTTP probe follows, from a server on loopback.

import { afterEach, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:tls";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { HttpProbeModel, HttpRequestModel } from "../../agent/config/model.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { http, plainGet } from "../balancer/model-builders.ts";
import { certificate, key } from "./certificate-fixture.ts";

const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

test("a redirect is an answer like others unless redirects are followed", async () => {
  const { port } = await web({ "/": [302, "/there"] });
  expect(await probe(port, {})).toEqual({ kind: "failed", detail: "status 302, expected 200" });
  expect(await probe(port, { maxRedirects: 1 })).toEqual({ kind: "passed", detail: "status 200" });
});

test("what is expected is not followed", async () => {
  const { port, asked } = await web({ "/": [302, "/there"] });
  const statusCodes = [{ from: 200, to: 399 }];
  expect(await probe(port, { maxRedirects: 5 }, { statusCodes })).toEqual({ kind: "passed", detail: "status 302" });
  expect(asked).toEqual(["GET / 127.0.0.1"]);
});

test("as many are followed as are allowed, and no more", async () => {
  const { port, asked } = await web({ "/": [301, "/a"], "/a": [308, "/b?c=d"], "/b?c=d": [307, "/"] });
  expect(await probe(port, { maxRedirects: 2 })).toEqual({
    kind: "failed",
    detail: "more than 2 redirects, the last to /",
  });
  expect(asked).toEqual(["GET / 127.0.0.1", "GET /a 127.0.0.1", "GET /b?c=d 127.0.0.1"]);
});

test("another name is asked of the same server where that is allowed", async () => {
  const { port, asked } = await web({ "/": [302, "http://www.example.com:PORT/x"] });
  expect(await probe(port, { maxRedirects: 1 })).toEqual({
    kind: "failed",
    detail: `status 302 sends to another host, "www.example.com:${port}"`,
  });
  expect(await probe(port, { maxRedirects: 1, redirectsToOtherHosts: true })).toMatchObject({ kind: "passed" });
  expect(asked.at(-1)).toBe("GET /x www.example.com");
});

test("a POST is repeated where the answer says so, and is a GET elsewhere", async () => {
  const { port, asked } = await web({ "/": [303, "/x"], "/again": [307, "/x"] });
  const post = { method: "POST", body: "hello" };
  await probe(port, { maxRedirects: 1 }, post);
  await probe(port, { maxRedirects: 1 }, { ...post, path: "/again" });
  expect(asked).toEqual(["POST / 127.0.0.1", "GET /x 127.0.0.1", "POST /again 127.0.0.1", "POST /x 127.0.0.1"]);
});

test("a redirect to https is followed, and asks for the name that it says", async () => {
  const names: unknown[] = [];
  const secure = createTlsServer({ key, cert: certificate }, (socket) => {
    names.push(socket.servername);
    socket.on("error", () => undefined).on("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\n"));
  });
  opened.push(secure as never);
  await new Promise<void>((resolve) => void secure.listen(0, "127.0.0.1", resolve));
  const { port: securePort } = secure.address() as { port: number };
  const { port } = await web({ "/": [302, `https://shop.example:${securePort}/x`] });
  const outcome = await probe(port, { maxRedirects: 1, redirectsToOtherHosts: true });
  expect(outcome).toEqual({ kind: "passed", detail: "status 200" });
  expect(names).toEqual(["shop.example"]);
});

test("all of them together have the time of one attempt", async () => {
  const { port } = await web({ "/": [302, "/"] }, 100);
  const outcome = await probe(port, { maxRedirects: 10, timeout: milliseconds(350) });
  expect(outcome.kind).toBe("failed");
  expect(outcome.detail).toMatch(/^no (connection|answer) within 350ms$/);
});

function probe(port: number, more: Partial<HttpProbeModel>, request: Partial<HttpRequestModel> = {}) {
  const requests = [{ path: "/", statusCodes: [{ from: 200, to: 200 }], digest: undefined, ...plainGet, ...request }];
  const model = http({ address: ip("127.0.0.1"), port, timeout: milliseconds(10_000), requests, ...more });
  return probes.http(model, new AbortController().signal);
}

/** A server that redirects some paths and answers all others with 200. */
async function web(redirects: Readonly<Record<string, readonly [number, string]>>, delay = 0) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.host?.replace(/:\d+$/, "")}`);
    const [status, location] = redirects[request.url ?? ""] ?? [200, undefined];
    setTimeout(() => {
      if (location !== undefined) response.setHeader("location", location.replace("PORT", String(port)));
      response.writeHead(status).end("hi");
    }, delay);
  });
  opened.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, asked };
}
