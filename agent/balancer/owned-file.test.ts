import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ip } from "../base/address.ts";
import { type Log, silentLog } from "../base/log.ts";
import type { ServiceKey } from "../kernel/ipvs.ts";
import { OwnedFile } from "./owned-file.ts";

const directories: string[] = [];
const keys: readonly ServiceKey[] = [
  { kind: "address", protocol: "udp", address: ip("2001:db8::1"), port: 53 },
  { kind: "mark", mark: 300, family: "ipv4" },
];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

test("what was written down is found by the next process, and no other file is left", () => {
  const directory = newDirectory();
  new OwnedFile(directory, silentLog).save(keys);
  expect(new OwnedFile(directory, silentLog).load()).toEqual(keys);
  expect(readdirSync(directory)).toEqual(["checkers.owned"]);
});

test("a director that was just started owns nothing, without complaint", () => {
  const complaints: string[] = [];
  expect(new OwnedFile(newDirectory(), complainingTo(complaints)).load()).toEqual([]);
  expect(complaints).toEqual([]);
});

test("a file that makes no sense counts as owning nothing, and is complained about", () => {
  for (const text of ["", "[]", '{"services": [{"kind": "mark"}]}', '{"services": 1}']) {
    const directory = newDirectory();
    writeFileSync(join(directory, "checkers.owned"), text);
    const complaints: string[] = [];
    expect(new OwnedFile(directory, complainingTo(complaints)).load()).toEqual([]);
    expect(complaints).toEqual(["owned-services-unreadable"]);
  }
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "owned-"));
  directories.push(directory);
  return directory;
}

function complainingTo(complaints: string[]): Log {
  return { ...silentLog, error: (name) => void complaints.push(name) };
}
