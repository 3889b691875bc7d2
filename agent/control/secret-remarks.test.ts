import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { validateSettings } from "../config/validate.ts";
import { secretRemarks } from "./secret-remarks.ts";

const directory = mkdtempSync(join(tmpdir(), "secrets-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function remarks(document: unknown): readonly string[] {
  const { settings } = validateSettings(document);
  if (settings === undefined) throw new Error("the document is wrong");
  return secretRemarks(settings).map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

function file(name: string, content: string, mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode });
  return path;
}

const instance = { name: "A", interface: "eth0", virtualRouterId: 1, virtualAddresses: ["10.9.0.1"] };
const mail = { server: "mx", to: ["a@example.com"], user: "lb1" };

test("files that have what they should are not remarked on", () => {
  const passwordFile = file("password", "s3cret\n");
  const authHmac = { keys: [{ id: 1, file: file("key", `${"k".repeat(32)}\n`) }] };
  const second = { ...instance, name: "B", virtualRouterId: 2, virtualAddresses: ["10.9.0.2"], authHmac };
  const first = { ...instance, authentication: { type: "pass", passwordFile } };
  expect(remarks({ vrrpInstances: [first, second], notifications: { mail: { ...mail, passwordFile } } })).toEqual([]);
});

test("one that is missing, has no secret or is open to all is named with its place", () => {
  const missing = join(directory, "missing");
  const tooLong = file("long", "much too long a password\n");
  const open = file("open", "x", 0o644);
  const authHmac = { keys: [{ id: 1, file: missing }] };
  const second = { ...instance, name: "B", virtualRouterId: 2, virtualAddresses: ["10.9.0.2"], authHmac };
  const first = { ...instance, authentication: { type: "pass", passwordFile: tooLong } };
  expect(remarks({ vrrpInstances: [first, second], notifications: { mail: { ...mail, passwordFile: open } } })).toEqual(
    [
      `error vrrp_instances[0].authentication.password_file: no secret can be read: ${tooLong} has no password of 1 to 8 printable ASCII characters`,
      expect.stringMatching(/^error vrrp_instances\[1\]\.auth_hmac\.keys\[0\]\.file: no secret can be read: ENOENT/),
      `warning notifications.mail.password_file: everybody on this machine may read ${open}`,
    ],
  );
});
