// What is wrong with the words about access is found out before anything else is done.

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AccessWords, prepareAccess } from "../../agent/control/access/prepare-access.ts";
import { ListenError } from "../../agent/control/listen-error.ts";
import { Authority } from "./certificates.ts";

async function refused(words: AccessWords): Promise<{ exitCode: number; message: string }> {
  const thrown = await prepareAccess(words).then(
    () => undefined,
    (error) => error,
  );
  expect(thrown).toBeInstanceOf(ListenError);
  return thrown as ListenError;
}

function tlsWords({ authority, listen }: { authority: Authority; listen: string }): AccessWords {
  const { cert, key } = authority.issue("IP:127.0.0.1");
  return { listen, tlsCert: cert, tlsKey: key, tlsClientCa: authority.ca };
}

/** Somebody else's listener, and its port. */
async function listener(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, port: (server.address() as { port: number }).port };
}

test("without words nothing is served over TCP and there are no rules", async () => {
  expect(await prepareAccess({})).toEqual({ rules: undefined, tcp: undefined });
});

test.each([
  [{ tlsCert: "a.crt" }, "--tls-cert"],
  [{ tlsKey: "a.key" }, "--tls-key"],
  [{ tlsClientCa: "ca.crt" }, "--tls-client-ca"],
])("%j without --listen is wrong usage", async (words, option) => {
  const { exitCode, message } = await refused(words);
  expect(exitCode).toBe(2);
  expect(message).toContain(option);
  expect(message).toContain("--listen");
});

test("--listen without certificates names those that are missing", async () => {
  const { exitCode, message } = await refused({ listen: "127.0.0.1:0", tlsCert: "a.crt" });
  expect(exitCode).toBe(2);
  expect(message).toContain("--tls-key and --tls-client-ca");
});

test.each(["7443", "10.0.0.1", "10.0.0.1:port", "10.0.0.1:65536", "fd00::1:7443"])(
  "--listen %s is not understood, and what is expected is said",
  async (listen) => {
    const { exitCode, message } = await refused({ listen });
    expect(exitCode).toBe(2);
    expect(message).toContain("expected ADDRESS:PORT");
  },
);

test("certificates that cannot be read or do not go together are named before anything runs", async () => {
  using authority = new Authority();
  const words = tlsWords({ authority, listen: "127.0.0.1:0" });
  expect(await refused({ ...words, tlsCert: "/none.crt" })).toMatchObject({ exitCode: 2 });
  const { message } = await refused({ ...words, tlsKey: authority.issue("IP:127.0.0.1").key });
  expect(message).toContain("is not the key of");
});

test("an access file that is wrong or not there is named", async () => {
  const directory = mkdtempSync(join(tmpdir(), "access-"));
  try {
    const accessFile = join(directory, "access.yaml");
    const { exitCode, message } = await refused({ accessFile });
    expect(exitCode).toBe(2);
    expect(message).toContain(accessFile);
    writeFileSync(accessFile, "rules: [{ roles: [king], identities: [unix-user:root] }]\n");
    expect((await refused({ accessFile })).message).toContain('"king"');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a port that somebody has is refused with the remedy; one that is free is kept until it is let go", async () => {
  using authority = new Authority();
  const other = await listener();
  const words = tlsWords({ authority, listen: `127.0.0.1:${other.port}` });
  const { exitCode, message } = await refused(words);
  expect(exitCode).toBe(1);
  expect(message).toContain(`127.0.0.1:${other.port}: the port is taken: choose another with --listen`);

  await new Promise((closed) => other.server.close(closed));
  const { tcp } = await prepareAccess(words);
  expect(listener(other.port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  await tcp?.release();
  const again = await listener(other.port);
  await new Promise((closed) => again.server.close(closed));
});

test("an address that this machine does not have is refused with the remedy", async () => {
  using authority = new Authority();
  const { message } = await refused(tlsWords({ authority, listen: "192.0.2.1:7443" }));
  expect(message).toContain("this machine does not have the address");
});
