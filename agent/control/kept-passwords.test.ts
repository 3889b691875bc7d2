import { expect, test } from "bun:test";
import { validateSettings } from "../config/validate.ts";
import { keepPasswords } from "./kept-passwords.ts";

const mail = { server: "mx.example.com", to: ["ops@example.com"], user: "lb1" };
const { settings: running } = validateSettings({ notifications: { mail: { ...mail, password: "s3cret" } } });
const withMail = (change: object) => ({ notifications: { mail: { ...mail, ...change } } });

test("mail to the same server as the same user keeps the password that the client does not have", () => {
  expect(keepPasswords(withMail({ timeout: "5s" }), running)).toEqual(withMail({ timeout: "5s", password: "s3cret" }));
});

test("another server, another user or a new password gets nothing of it", () => {
  for (const change of [{ server: "elsewhere.example.com" }, { user: "lb2" }, { password: "new" }])
    expect(keepPasswords(withMail(change), running)).toEqual(withMail(change));
});
