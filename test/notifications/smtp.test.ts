// Mail by the library that sends it, to a server that speaks what mail servers speak.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MailModel } from "../../agent/config/model.ts";
import type { Mail, MailOutcome } from "../../agent/notifications/ports.ts";
import { smtpServer } from "../../agent/notifications/smtp.ts";
import { SmtpServer, type SmtpServerOptions } from "../support/smtp-server.ts";
import { mailModel } from "./models.ts";

const folder = mkdtempSync(join(tmpdir(), "vipward-smtp-"));
let tls: { key: string; cert: string };

beforeAll(() => {
  const out = ["-keyout", join(folder, "key"), "-out", join(folder, "cert")];
  const made = Bun.spawnSync([
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-subj",
    "/CN=localhost",
    "-days",
    "2",
    ...out,
  ]);
  if (!made.success) throw new Error(made.stderr.toString());
  tls = { key: readFileSync(join(folder, "key"), "utf8"), cert: readFileSync(join(folder, "cert"), "utf8") };
});
afterAll(() => rmSync(folder, { recursive: true }));

const mail: Mail = {
  subject: "[lb1] VRRP Instance Überwachung - Entering MASTER state",
  text: "=> VRRP Instance is now owning VRRP VIPs <=\n.\nline\n",
  id: "vipward.7.1",
  at: Date.UTC(2026, 2, 1, 12),
};

/** Sends the mail to a server and tells what became of it, and what the server got. */
async function sendTo(options: SmtpServerOptions, change: Partial<MailModel>, refusal?: string) {
  await using server = await SmtpServer.start(options);
  server.refusal = refusal;
  const outcome: MailOutcome = await smtpServer({
    ...mailModel,
    server: "127.0.0.1",
    port: server.port,
    ...change,
  }).send(mail);
  return { outcome, got: server.mails };
}

test("a mail arrives with its sender, recipients, subject, time and text", async () => {
  const change = { from: "lb1@example.com", to: ["a@example.com", "b@example.com"], heloName: "lb1.example.com" };
  const { outcome, got } = await sendTo({}, change);
  expect(outcome).toEqual({ kind: "sent" });
  expect(got).toHaveLength(1);
  const [received] = got;
  expect(received).toMatchObject({
    helo: "lb1.example.com",
    from: "lb1@example.com",
    to: ["a@example.com", "b@example.com"],
    encrypted: false,
  });
  expect(received?.data).toContain("Date: Sun, 01 Mar 2026 12:00:00 +0000");
  expect(received?.data).toContain("X-Mailer: vipward");
  expect(received?.data).toMatch(/Message-ID: <vipward\.7\.1@/i);
  expect(received?.data).toContain("=> VRRP Instance is now owning VRRP VIPs <=\n.\nline");
  expect(received?.data).not.toContain("Überwachung");
});

test("TLS is used where the server offers it, whoever it is, unless told otherwise", async () => {
  expect((await sendTo({ tls }, { encryption: "opportunistic" })).got).toMatchObject([{ encrypted: true }]);
  expect((await sendTo({}, { encryption: "opportunistic" })).got).toMatchObject([{ encrypted: false }]);
  expect((await sendTo({ tls }, { encryption: "none" })).got).toMatchObject([{ encrypted: false }]);
});

test("where TLS is demanded nothing is sent without it, nor to somebody whose certificate is not trusted", async () => {
  const without = await sendTo({}, { encryption: "starttls" });
  expect(without).toMatchObject({ outcome: { kind: "refused" }, got: [] });
  const untrusted = await sendTo({ tls }, { encryption: "starttls" });
  expect(untrusted).toMatchObject({ outcome: { kind: "unreachable" }, got: [] });
  expect((untrusted.outcome as { reason: string }).reason).toMatch(/certificate/i);
  const implicit = await sendTo({ tls, implicit: true }, { encryption: "tls" });
  expect(implicit).toMatchObject({ outcome: { kind: "unreachable" }, got: [] });
  expect((implicit.outcome as { reason: string }).reason).toMatch(/certificate/i);
});

test("it logs in where it is told to, and a wrong password is said without being shown", async () => {
  const login = { user: "lb1", password: "s3cret!" };
  expect((await sendTo({ tls, login }, { encryption: "opportunistic", ...login })).got).toMatchObject([
    { user: "lb1", encrypted: true },
  ]);
  const wrong = await sendTo({ login }, { user: "lb1", password: "wr0ng-one" });
  expect(wrong).toMatchObject({ outcome: { kind: "refused" }, got: [] });
  expect(JSON.stringify(wrong.outcome)).not.toContain("wr0ng-one");
});

test("a refusal for good is one; a server that is busy or away may be asked again", async () => {
  expect((await sendTo({}, {}, "550 no such user")).outcome).toMatchObject({ kind: "refused" });
  expect((await sendTo({}, {}, "451 come back later")).outcome).toMatchObject({ kind: "unreachable" });
  const away = await smtpServer({ ...mailModel, server: "127.0.0.1", port: 1 }).send(mail);
  expect(away).toMatchObject({ kind: "unreachable" });
});
