// HTTP probes over TLS, against real TLS servers on loopback, honest and hostile ones.

import { afterEach, expect, test } from "bun:test";
import { createPrivateKey } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { TlsModel } from "../../agent/config/model.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { http } from "../balancer/model-builders.ts";
import { until } from "../support/until.ts";
import { certificate, key } from "./certificate-fixture.ts";

const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const anyCertificate: TlsModel = { serverName: undefined, verify: false, caFile: undefined };
const directory = mkdtempSync(join(tmpdir(), "tls-probes-"));
const caFile = join(directory, "ca.pem");
writeFileSync(caFile, certificate);
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

test("a probe over TLS passes whatever the certificate says, as keepalived's SSL_GET does", async () => {
  expect(await probe(await web(), anyCertificate)).toEqual({ kind: "passed", detail: "status 200" });
});

test("the name is asked for only where one is configured", async () => {
  const names: unknown[] = [];
  const port = await web((socket) => names.push(socket.servername));
  await probe(port, anyCertificate);
  await probe(port, { ...anyCertificate, serverName: "web.example" });
  expect(names).toEqual([false, "web.example"]);
});

test("a verified certificate must be trusted, and for the name", async () => {
  const port = await web();
  const verified = { serverName: "web.example", verify: true, caFile };
  expect(await probe(port, verified)).toEqual({ kind: "passed", detail: "status 200" });
  const unknown = await probe(port, { ...verified, caFile: undefined });
  expect(unknown).toEqual({ kind: "failed", detail: "no TLS: self signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)" });
  const other = await probe(port, { ...verified, serverName: "shop.example" });
  expect(other.kind).toBe("failed");
  expect(other.detail).toContain("shop.example");
});

test("a file of certificates that is not there is no verdict on the real server", async () => {
  const outcome = await probe(await web(), {
    serverName: "web.example",
    verify: true,
    caFile: join(directory, "none"),
  });
  expect(outcome.kind).toBe("not-made");
  expect(outcome.detail).toContain("none");
});

test("a certificate is looked at where somebody asks how long it lasts, and fails the probe where it ends too soon", async () => {
  const port = await web();
  const end = Date.parse("2126-10-31T17:54:21Z");
  const [tenDays, centuries] = [milliseconds(864_000_000), milliseconds(200 * 365 * 86_400_000)];
  const passed = { kind: "passed", detail: "status 200" } as const;
  expect(await probe(port, { ...anyCertificate, warnBefore: tenDays })).toEqual({ ...passed, certificateEnd: end });
  expect(await probe(port, { ...anyCertificate, failBefore: tenDays })).toEqual({ ...passed, certificateEnd: end });
  expect(await probe(port, { ...anyCertificate, failBefore: centuries })).toEqual({
    kind: "failed",
    detail: "the certificate ends on 2126-10-31T17:54:21.000Z",
    certificateEnd: end,
  });
});

test("a server that asks who we are is shown our certificate, with a key that may have a password", async () => {
  const port = await web(() => undefined, { requestCert: true, rejectUnauthorized: true, ca: certificate });
  const locked = createPrivateKey(key).export({
    ...{ type: "pkcs8", format: "pem" },
    ...{ cipher: "aes-256-cbc", passphrase: "s3cret" },
  } as const);
  const [us, lockedKey, password] = ["us.pem", "locked.key", "password"].map((name) => join(directory, name));
  if (us === undefined || lockedKey === undefined || password === undefined) throw new Error("unreachable");
  writeFileSync(us, `${certificate}${key}`);
  writeFileSync(lockedKey, locked);
  writeFileSync(password, "s3cret\n");
  const passed = { kind: "passed", detail: "status 200" } as const;
  expect((await probe(port, anyCertificate)).kind).toBe("failed");
  expect(await probe(port, { ...anyCertificate, client: { certificate: us, key: us } })).toEqual(passed);
  const client = { certificate: us, key: lockedKey, passwordFile: password };
  expect(await probe(port, { ...anyCertificate, client })).toEqual(passed);
  const missing = await probe(port, { ...anyCertificate, client: { ...client, passwordFile: join(directory, "no") } });
  expect(missing.kind).toBe("not-made");
});

test("a server that does not speak TLS fails, and so does one that never answers, with its socket gone", async () => {
  const plain = await listen(
    createPlainServer((socket) => socket.on("error", () => {}).end("HTTP/1.0 200 OK\r\n\r\n")),
  );
  const garbled = await probe(plain, anyCertificate);
  expect(garbled.kind).toBe("failed");
  expect(garbled.detail).toStartWith("no TLS: ");

  const silent = await listen(createPlainServer((socket) => socket.on("error", () => {}).resume()));
  const before = openDescriptors();
  expect(await probe(silent, anyCertificate, 150)).toEqual({ kind: "failed", detail: "no TLS within 150ms" });
  await until(() => openDescriptors() <= before, { what: "both ends of the connection are gone" });
});

test("an answer that drips over TLS fails at the deadline of the whole attempt", async () => {
  const port = await listen(
    createServer({ key, cert: certificate }, (socket) => {
      socket.on("error", () => {});
      socket.write("HTTP/1.0 200 OK\r\n\r\n");
      const dripping = setInterval(() => socket.write("x"), 20);
      socket.on("close", () => clearInterval(dripping));
    }),
  );
  const outcome = await probe(port, anyCertificate, 300);
  expect(outcome).toEqual({ kind: "failed", detail: "no end of the answer within 300ms" });
});

function probe(port: number, tls: TlsModel, timeout = 10_000): Promise<ProbeOutcome> {
  const model = http({ address: ip("127.0.0.1"), port, tls, timeout: milliseconds(timeout) });
  return probes.http(model, new AbortController().signal);
}

/** A web server over TLS. */
function web(onSocket: (socket: TLSSocket) => void = () => {}, options: TlsOptions = {}): Promise<number> {
  return listen(
    createServer({ key, cert: certificate, ...options }, (socket) => {
      onSocket(socket);
      socket.on("error", () => {});
      socket.on("data", () => socket.end("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
    }),
  );
}

function listen(server: Server): Promise<number> {
  opened.push(server);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
