// The store: what was acknowledged is there, whenever the process died; what cannot be opened is told with a remedy.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../agent/base/random.ts";
import type { NewRevision } from "../../agent/control/store/records.ts";
import { migrate, schemaVersion, versionOf } from "../../agent/control/store/schema.ts";
import { Store, storeFile } from "../../agent/control/store/store.ts";
import { StoreError, storeError } from "../../agent/control/store/store-error.ts";
import type { Applied } from "../../agent/control/words/outcome.ts";
import type { NumberedEvent } from "../../agent/events/event.ts";
import { until } from "../support/until.ts";

class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "vipward-store-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

const api = { kind: "api" } as const;
const applied: Applied = {
  phases: [],
  operations: { added: 1, updated: 0, removed: 0 },
  replayed: false,
  unchanged: false,
  warnings: [],
};

const content = { hash: "h", document: "{}" };

function revision(change: Partial<NewRevision> = {}): NewRevision {
  return { author: "a", reason: "r", source: api, createdAt: 1000, ...change };
}

function event(sequence: number): NumberedEvent {
  return { sequence, at: sequence * 10, event: { kind: "agent-stopping", reason: `because of ${sequence}` } };
}

function openError(path: string): StoreError {
  try {
    Store.open(path).close();
  } catch (thrown) {
    if (thrown instanceof StoreError) return thrown;
    throw thrown;
  }
  throw new Error("the store opened");
}

test("whenever the writer is killed, every acknowledged revision and its answer are there, and no number comes twice", async () => {
  using folder = new Folder();
  const random = seededRandom(7);
  let lastRevision = 0;
  let lastSequence = 0;
  for (let round = 0; round < 8; round++) {
    const fixture = join(import.meta.dir, "store-writer-fixture.ts");
    const writer = Bun.spawn([process.execPath, fixture, folder.path], { stdout: "pipe", stderr: "inherit" });
    let said = "";
    const reading = (async () => {
      for await (const chunk of writer.stdout) said += new TextDecoder().decode(chunk);
    })();
    await until(() => said.includes("\n"), { what: "the writer has written" });
    await Bun.sleep(random() * 30);
    writer.kill("SIGKILL");
    await reading;
    const lines = said.split("\n").slice(0, -1);
    const [acknowledged = 0, sequence = 0] = (lines.at(-1) ?? "").split(" ").map(Number);
    const [first = 0] = (lines[0] ?? "").split(" ").map(Number);
    expect(first).toBeGreaterThan(lastRevision);

    const store = Store.open(folder.path);
    const running = store.running()?.revision.number ?? 0;
    expect(running).toBeGreaterThanOrEqual(acknowledged);
    expect(store.answer(`r${acknowledged}`)?.fingerprint).toBe("f");
    expect(store.revisions(999).filter(({ result }) => result === "pending")).toEqual([]);
    expect(store.eventsAfter(sequence - 1).length).toBeGreaterThan(0);
    const from = store.reservedSequence();
    expect(from).toBeGreaterThanOrEqual(Math.max(sequence, lastSequence));
    lastSequence = from;
    lastRevision = store.revisions(1)[0]?.number ?? 0;
    store.close();
  }
}, 30_000);

test("a revision goes from pending to applied or failed, and the newest applied one runs", () => {
  using folder = new Folder();
  const store = Store.open(folder.path);
  const first = store.begin(revision({ source: { kind: "file", path: "/etc/k.conf", hash: "text" } }));
  expect(first).toMatchObject({
    number: 1,
    result: "pending",
    source: { kind: "file", path: "/etc/k.conf", hash: "text" },
  });
  expect(store.running()).toBeUndefined();
  store.commit(1, content, { source: first.source, at: 1 });
  store.begin(revision());
  store.fail(2, content, "the kernel refused");
  expect(store.running()).toMatchObject({ revision: { number: 1, hash: "h" }, document: "{}" });
  expect(store.revision(2)?.revision).toMatchObject({ result: "failed", failure: "the kernel refused" });
  expect(store.fileHash("/etc/k.conf")).toBe("text");
  store.close();
});

test("a revision that was pending when the process died counts as failed, and its number stays used", () => {
  using folder = new Folder();
  const store = Store.open(folder.path);
  store.begin(revision());
  store.close();
  const again = Store.open(folder.path);
  expect(again.revision(1)?.revision).toMatchObject({
    result: "failed",
    failure: "the agent ended while it was being applied",
  });
  expect(again.begin(revision()).number).toBe(2);
  again.close();
});

test("old revisions, answers and events make room; the running revision never does", () => {
  using folder = new Folder();
  const store = Store.open(folder.path, { revisions: 3, events: 5, eventAgeMs: 90 * 86_400_000, answerAgeMs: 100 });
  for (let number = 1; number <= 6; number++) {
    store.begin(revision());
    store.commit(number, content, {
      source: api,
      at: number * 60,
      answer: { requestId: `r${number}`, fingerprint: "f", applied },
    });
  }
  expect(store.revisions(99).map(({ number }) => number)).toEqual([6, 5, 4]);
  expect(store.answer("r4")).toBeUndefined();
  expect(store.answer("r5")?.applied).toEqual(applied);
  store.appendEvents([1, 2, 3, 4, 5, 6, 7].map(event));
  expect(store.eventsAfter(0).map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6, 7]);
  expect(store.eventsDropped()).toEqual({ upTo: 2, oldest: 3 });
  store.close();
});

test("what checkers said last is kept, and forgotten with the checker", () => {
  using folder = new Folder();
  const store = Store.open(folder.path);
  store.rememberChecker({ id: "a", up: false, since: 1, reason: "connection refused" });
  store.rememberChecker({ id: "b", up: true, since: 2, reason: "connected" });
  const more = { weight: { kind: "set", weight: 7 }, falls: [1, 2], heldUntil: 3 } as const;
  store.rememberChecker({ id: "a", up: true, since: 3, reason: "connected", ...more });
  store.rememberChecker({ id: "c", up: true, since: 3, reason: "connected" });
  store.forgetOtherCheckers(new Set(["a", "c"]));
  store.close();
  expect(store.rememberChecker({ id: "a", up: false, since: 4, reason: "too late" })).toBe(false);
  const again = Store.open(folder.path);
  expect(again.checkerMemory()).toEqual([
    { id: "a", up: true, since: 3, reason: "connected", ...more },
    { id: "c", up: true, since: 3, reason: "connected" },
  ]);
  again.close();
});

test("the folder and the file are the agent's alone", () => {
  using folder = new Folder();
  const path = join(folder.path, "state");
  Store.open(path).close();
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, storeFile)).mode & 0o777).toBe(0o600);
});

test("a folder that is there already keeps its permissions; the files in it are closed all the same", () => {
  using folder = new Folder();
  chmodSync(folder.path, 0o755);
  const store = Store.open(folder.path);
  store.begin(revision());
  expect(statSync(folder.path).mode & 0o777).toBe(0o755);
  expect(readdirSync(folder.path).map((name) => statSync(join(folder.path, name)).mode & 0o777)).toEqual([
    0o600, 0o600,
  ]);
  store.close();
});

test("migrations run once each, in order, and an interrupted one leaves the file as it was", () => {
  const database = new Database(":memory:", { strict: true });
  migrate(database);
  expect(versionOf(database)).toBe(schemaVersion);
  const next = [...Array(schemaVersion).fill("SELECT broken if run again"), "CREATE TABLE later (x INTEGER)"];
  migrate(database, next);
  expect(versionOf(database)).toBe(schemaVersion + 1);
  const failing = [...next, "CREATE TABLE half (x INTEGER); CREATE TABLE later (x INTEGER)"];
  expect(() => migrate(database, failing)).toThrow("already exists");
  expect(versionOf(database)).toBe(schemaVersion + 1);
  expect(database.query("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
});

test("a file of a newer vipward is refused and not touched", () => {
  using folder = new Folder();
  Store.open(folder.path).close();
  const database = new Database(join(folder.path, storeFile));
  database.exec("PRAGMA user_version = 99");
  database.close();
  const error = openError(folder.path);
  expect(error.problem).toBe("newer");
  expect(error.message).toContain("schema 99");
});

test("a file that is no database, or is damaged, is refused with a remedy", () => {
  using folder = new Folder();
  writeFileSync(join(folder.path, storeFile), "not a database ".repeat(100));
  expect(openError(folder.path)).toMatchObject({
    problem: "corrupt",
    message: expect.stringContaining("move the file away"),
  });
});

test("a store that another process has open is refused", async () => {
  using folder = new Folder();
  const fixture = join(import.meta.dir, "store-writer-fixture.ts");
  const writer = Bun.spawn([process.execPath, fixture, folder.path], { stdout: "pipe", stderr: "ignore" });
  await writer.stdout.getReader().read();
  const error = openError(folder.path);
  writer.kill("SIGKILL");
  await writer.exited;
  expect(error).toMatchObject({ problem: "locked", message: expect.stringContaining("--state-dir") });
}, 20_000);

test("a folder that cannot be made is refused with what to choose", () => {
  using folder = new Folder();
  writeFileSync(join(folder.path, "file"), "");
  expect(openError(join(folder.path, "file", "state"))).toMatchObject({
    problem: "not-writable",
    message: expect.stringContaining("--state-dir"),
  });
});

test.skipIf(process.getuid?.() === 0)("a folder of others is refused", () => {
  using folder = new Folder();
  const path = join(folder.path, "closed");
  mkdirSync(path);
  chmodSync(folder.path, 0o500);
  expect(openError(join(folder.path, "new")).problem).toBe("not-writable");
  chmodSync(folder.path, 0o700);
});

test("what a full disk says becomes a remedy", () => {
  const database = new Database(":memory:");
  database.exec("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 3");
  let thrown: unknown;
  try {
    database.query("INSERT INTO t VALUES (?)").run("x".repeat(100_000));
  } catch (full) {
    thrown = full;
  }
  expect(storeError(thrown, "/var/lib/vipward/vipward.db")).toMatchObject({
    problem: "full",
    message: "store /var/lib/vipward/vipward.db: database or disk is full (SQLITE_FULL): free space on its file system",
  });
});

test("a store whose folder was removed while it was open promises nothing any more", () => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  const store = Store.open(folder);
  store.reserveSequence(64);
  rmSync(folder, { recursive: true });
  expect(() => store.reserveSequence(128)).toThrow(
    /was removed or replaced while it was in use: put it back, or start the agent again/,
  );
  store.close();
});

test("events that are too old go, however few there are, and the journal knows what is missing", () => {
  using folder = new Folder();
  const store = Store.open(folder.path, { revisions: 3, events: 100, eventAgeMs: 1000, answerAgeMs: 100 });
  const at = (sequence: number, time: number) => ({ ...event(sequence), at: time });
  store.appendEvents([at(1, 0), at(2, 500)]);
  expect(store.eventsDropped()).toEqual({ upTo: 0, oldest: 1 });
  store.appendEvents([at(7, 1400)]);
  expect(store.eventsAfter(0).map(({ sequence }) => sequence)).toEqual([2, 7]);
  expect(store.eventsDropped()).toEqual({ upTo: 1, oldest: 2 });
  store.appendEvents([at(9, 9000)]);
  expect(store.eventsAfter(0).map(({ sequence }) => sequence)).toEqual([9]);
  expect(store.eventsDropped()).toEqual({ upTo: 7, oldest: 9 });
  store.close();
});
