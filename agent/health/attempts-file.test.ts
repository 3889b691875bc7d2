import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../base/log.ts";
import { AttemptsFile } from "./attempts-file.ts";

const directory = mkdtempSync(join(tmpdir(), "vipward-attempts-"));
const path = join(directory, "checker-attempts");
afterEach(() => rmSync(path, { recursive: true, force: true }));

const open = () => new AttemptsFile(directory, silentLog);
const attempt = (at: number, passed = true, detail = "connected") => ({ at, durationMs: 0.8, passed, detail });
const a = "tcp 10.9.0.100:80 > 10.9.0.11:80 > tcp";
const b = "tcp 10.9.0.100:80 > 10.9.0.12:80 > tcp";

test("what several processes wrote one after the other is read as one history, the newest first", () => {
  const first = open();
  expect(first.read()).toEqual(new Map());
  first.append([[a, attempt(1, false, "connection refused")]]);
  first.append([[a, attempt(2)]]);
  open().append([
    [b, attempt(3)],
    [a, attempt(4, false, "two\nlines")],
  ]);
  expect(open().read()).toEqual(
    new Map([
      [a, [attempt(4, false, "two lines"), attempt(2), attempt(1, false, "connection refused")]],
      [b, [attempt(3)]],
    ]),
  );
});

test("a line that was cut off by a crash is passed over", () => {
  open().append([[a, attempt(1)]]);
  writeFileSync(path, `${readFileSync(path, "utf8")}0 17000`);
  expect(open().read()).toEqual(new Map([[a, [attempt(1)]]]));
});

test("a file that has grown is written anew, and grows on from there", () => {
  const file = open();
  const many = Array.from({ length: 10_000 }, (_, index) => [a, attempt(index)] as const);
  while (!file.isCrowded) file.append(many);
  file.replace(new Map([[a, [attempt(2), attempt(1)]]]));
  expect(statSync(path).size).toBeLessThan(200);
  file.append([
    [a, attempt(3)],
    [b, attempt(4)],
  ]);
  expect(open().read()).toEqual(
    new Map([
      [a, [attempt(3), attempt(2), attempt(1)]],
      [b, [attempt(4)]],
    ]),
  );
});

test("what cannot be written is said once, and written again when it can be", () => {
  const said: string[] = [];
  const file = new AttemptsFile(join(directory, "gone"), { ...silentLog, warn: (name) => void said.push(name) });
  for (const at of [1, 2, 3]) file.append([[a, attempt(at)]]);
  expect(said).toEqual(["attempts-not-kept"]);
});
