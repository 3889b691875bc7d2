import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ip } from "../../base/address.ts";
import { instant, milliseconds } from "../../base/duration.ts";
import { type LogFields, silentLog } from "../../base/log.ts";
import type { ResumeInstance } from "../core/resume-record.ts";
import { ResumeFile } from "./resume-file.ts";

let directory = "";
let warnings: (readonly [string, LogFields | undefined])[] = [];
const log = { ...silentLog, warn: (name: string, fields?: LogFields) => void warnings.push([name, fields]) };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "resume-"));
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function instance(slot: number): ResumeInstance {
  return {
    name: `web${slot}`,
    slot,
    interface: "eth0",
    virtualRouterId: slot + 1,
    family: "ipv4",
    version: 3,
    state: "master",
    since: 1,
    addresses: [{ address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0" }],
    masterDownInterval: milliseconds(3609),
    lastAdvertisementAt: undefined,
  };
}

describe("the resume files", () => {
  test("give the next process the instances, each with its last advertisement", () => {
    const first = new ResumeFile(directory, log, "boot 1");
    first.saveInstances([instance(0), instance(2)]);
    first.beat(2, instant(5000.25));
    first.beat(0, instant(4000));
    first.beat(2, instant(6000.5));
    expect(new ResumeFile(directory, log, "boot 1").load()).toEqual([
      { ...instance(0), lastAdvertisementAt: instant(4000) },
      { ...instance(2), lastAdvertisementAt: instant(6000.5) },
    ]);
    expect(statSync(join(directory, "vrrp.beats")).size).toBe(24);
  });

  test("keep the beats of the process before until they are overwritten", () => {
    new ResumeFile(directory, log, "boot 1").beat(1, instant(7000));
    const second = new ResumeFile(directory, log, "boot 1");
    second.beat(0, instant(8000));
    second.saveInstances([instance(1)]);
    expect(second.load()).toEqual([{ ...instance(1), lastAdvertisementAt: instant(7000) }]);
  });

  test("of another boot are ignored with a line", () => {
    new ResumeFile(directory, log, "boot 1").saveInstances([instance(0)]);
    expect(new ResumeFile(directory, log, "boot 2").load()).toBeUndefined();
    expect(warnings).toEqual([
      ["resume-record-ignored", { file: join(directory, "vrrp.resume"), cause: "it is of another boot" }],
    ]);
  });

  test("that are corrupt are ignored with a line", () => {
    writeFileSync(join(directory, "vrrp.resume"), '{"format":2,"boot":"boot 1","instances":[{"name"');
    expect(new ResumeFile(directory, log, "boot 1").load()).toBeUndefined();
    expect(warnings.length).toBe(1);
  });

  test("that are not there are no reason for a line", () => {
    expect([new ResumeFile(directory, log, "boot 1").load(), warnings]).toEqual([undefined, []]);
  });

  test("that cannot be written cost one line and nothing else", () => {
    const file = new ResumeFile("/proc/no/such/directory", log, "boot 1");
    file.saveInstances([instance(0)]);
    file.beat(0, instant(1));
    file.saveInstances([instance(0)]);
    expect(warnings.map(([name]) => name)).toEqual(["resume-memory-failed"]);
  });

  test("leave no temporary file behind", () => {
    const file = new ResumeFile(directory, log, "boot 1");
    file.saveInstances([instance(0)]);
    file.saveInstances([instance(1)]);
    expect(readdirSync(directory).sort()).toEqual(["vrrp.beats", "vrrp.resume"]);
  });
});
