// The store: one SQLite file (0600) in the state folder (0700 where the agent makes it). It keeps revisions, stored answers, what checkers remember, and the last
// events. What a caller is told is on disk before the caller is told: those writes are synced (`synchronous=FULL`), events and checker
// memory are not; neither can damage the file, whenever the process or the machine dies.

import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CheckerMemory } from "../../balancer/view.ts";
import type { NumberedEvent } from "../../events/event.ts";
import type { EventStore } from "../../events/journal.ts";
import type { Confirmation, Settlement } from "../confirmation/confirmation.ts";
import type { Override } from "../overrides/override.ts";
import type { Revision } from "../words/revision.ts";
import { CheckerMemoryTable } from "./checker-memory.ts";
import { ConfirmationTable } from "./confirmations.ts";
import { ControllerTable } from "./controllers.ts";
import { EventTable } from "./events.ts";
import { FileTable } from "./files.ts";
import { NotifiedTable } from "./notified.ts";
import { OverrideTable } from "./overrides.ts";
import type { Commit, NewRevision, RevisionContent, RevisionEnd, StoredAnswer, StoredRevision } from "./records.ts";
import { RequestTable } from "./requests.ts";
import { RevisionTable } from "./revisions.ts";
import { migrate, schemaVersion, versionOf } from "./schema.ts";
import { StoreError, storeError } from "./store-error.ts";

/** How much is kept. */
export interface StoreLimits {
  readonly revisions: number;
  readonly events: number;
  /** Events older than this go, however few there are. */
  readonly eventAgeMs: number;
  /** Answers younger than this are kept, however many. */
  readonly answerAgeMs: number;
}

/** What is kept unless said otherwise. */
export const defaultLimits: StoreLimits = {
  revisions: 200,
  events: 10_000,
  eventAgeMs: 90 * 86_400_000,
  answerAgeMs: 48 * 3_600_000,
};

/** The name of the file in the state folder. */
export const storeFile = "vipward.db";

/** An open store. Every function throws StoreError when the file cannot be read or written, unless it says otherwise. */
export class Store implements EventStore {
  readonly path: string;
  readonly #database: Database;
  readonly #limits: StoreLimits;
  /** Which file `path` named when it was opened. */
  readonly #file: string | undefined;
  readonly #revisions: RevisionTable;
  readonly #requests: RequestTable;
  readonly #files: FileTable;
  readonly #events: EventTable;
  readonly #checkers: CheckerMemoryTable;
  readonly #notified: NotifiedTable;
  readonly #confirmations: ConfirmationTable;
  readonly #controllers: ControllerTable;
  readonly #overrides: OverrideTable;

  /** Opens the store of a state folder, creating both where needed. A revision that was being applied when the process died counts as failed. */
  static open(stateDirectory: string, limits: StoreLimits = defaultLimits): Store {
    const path = join(stateDirectory, storeFile);
    try {
      // A folder that is there already keeps its permissions: it may be anybody's, such as /tmp. The file itself is 0600.
      mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
      return new Store(path, openDatabase(path), limits);
    } catch (thrown) {
      throw storeError(thrown, path);
    }
  }

  private constructor(path: string, database: Database, limits: StoreLimits) {
    this.path = path;
    this.#database = database;
    this.#limits = limits;
    this.#file = identityOf(path);
    this.#revisions = new RevisionTable(database);
    this.#requests = new RequestTable(database);
    this.#files = new FileTable(database);
    this.#events = new EventTable(database);
    this.#checkers = new CheckerMemoryTable(database);
    this.#notified = new NotifiedTable(database);
    this.#confirmations = new ConfirmationTable(database);
    this.#controllers = new ControllerTable(database);
    this.#overrides = new OverrideTable(database);
    this.#revisions.failPending("the agent ended while it was being applied");
  }

  /** The newest revision that was applied; undefined when none ever was. */
  running(): StoredRevision | undefined {
    return this.#guard(() => this.#revisions.newestApplied());
  }

  /** The network namespace that the newest applied revision wants the agent to be in; undefined when it names none. */
  runningNamespace(): string | undefined {
    return this.#guard(() => this.#revisions.newestNamespace());
  }

  /** A revision by its number. */
  revision(number: number): StoredRevision | undefined {
    return this.#guard(() => this.#revisions.byNumber(number));
  }

  /** The newest revisions, newest first, without their documents; only those before a number where one is given. */
  revisions(limit: number, before?: number): readonly Revision[] {
    return this.#guard(() => this.#revisions.newest(limit, before));
  }

  /** Writes that a revision is pending, and returns it with its number. Not synced: what takes the number with the machine takes those who know it. */
  begin(revision: NewRevision): Revision {
    return this.#guard(() => {
      this.#expectFile();
      return this.#revisions.insert(revision);
    });
  }

  /** Writes a pending revision as applied, with the answer that its request id gets from now on; synced. */
  commit(number: number, content: RevisionContent, commit: Commit): Revision {
    return this.#durably(() => {
      const revision = this.#revisions.finish(number, { result: "applied", ...commit.end }, content);
      this.#remember(commit);
      if (commit.confirmation !== undefined) this.#confirmations.insert(number, commit.confirmation);
      this.#revisions.prune(this.#limits.revisions);
      return revision;
    });
  }

  /** Keeps an answer for which no revision was made, because the content already ran; synced. */
  commitUnchanged(commit: Commit): void {
    this.#durably(() => this.#remember(commit));
  }

  /** Writes a pending revision as failed. */
  fail(number: number, content: RevisionContent, failure: string, end?: RevisionEnd): Revision {
    return this.#durably(() => this.#revisions.finish(number, { result: "failed", failure, ...end }, content));
  }

  /** Writes a revision that nobody was given yet as applied: the agent runs it from its start; synced. */
  insertApplied(revision: NewRevision, content: RevisionContent, commit: Commit): Revision {
    return this.#durably(() => {
      const { number } = this.#revisions.insert(revision);
      const made = this.#revisions.finish(number, { result: "applied", ...commit.end }, content);
      this.#remember(commit);
      return made;
    });
  }

  /** What operators have overridden, oldest first. */
  overrides(): readonly Override[] {
    return this.#guard(() => this.#overrides.all());
  }

  /** Writes an override, in the place of the one with its id; synced. */
  putOverride(override: Override): void {
    this.#durably(() => this.#overrides.put(override));
  }

  /** Forgets an override; synced. */
  removeOverride(id: string): void {
    this.#durably(() => this.#overrides.remove(id));
  }

  /** The highest epoch that was seen of a controller's role; 0: none. */
  controllerEpoch(role: string): number {
    return this.#guard(() => this.#controllers.epoch(role));
  }

  /** Remembers an epoch that was seen; synced. */
  raiseControllerEpoch(role: string, epoch: number): void {
    this.#durably(() => this.#controllers.raise(role, epoch));
  }

  /** The confirmed commit that goes back unless it is confirmed. */
  pendingConfirmation(): Confirmation | undefined {
    return this.#guard(() => this.#confirmations.pending());
  }

  /** A confirmed commit by its id. */
  confirmation(id: string): Confirmation | undefined {
    return this.#guard(() => this.#confirmations.byId(id));
  }

  /** Writes that a confirmed commit ended and stays; synced. */
  settleConfirmation(settlement: Settlement): void {
    this.#durably(() => this.#confirmations.settle(settlement));
  }

  /** The stored answer of a request id. */
  answer(requestId: string): StoredAnswer | undefined {
    return this.#guard(() => this.#requests.get(requestId));
  }

  /** The hash of the text that was last applied from this file; undefined when none was. */
  fileHash(path: string): string | undefined {
    return this.#guard(() => this.#files.get(path));
  }

  /** What checkers had last said; only these where they are given. */
  checkerMemory(ids?: Iterable<string>): readonly CheckerMemory[] {
    return this.#guard(() => (ids === undefined ? this.#checkers.all() : this.#checkers.of(ids)));
  }

  /** Keeps what a checker said last. It never throws, because it is called from where the checkers process reports; false when the file
   * cannot be written: then the checker is remembered as before, and a probe will tell. */
  rememberChecker(memory: CheckerMemory): boolean {
    try {
      this.#checkers.put(memory);
      return true;
    } catch {
      return false;
    }
  }

  /** Forgets these checkers. */
  forgetCheckers(ids: Iterable<string>): void {
    this.#guard(() => this.#checkers.remove(ids));
  }

  /** Forgets the checkers that are not among these. */
  forgetOtherCheckers(ids: ReadonlySet<string>): void {
    this.#guard(() => this.#checkers.keepOnly(ids));
  }

  /** The highest number that was ever reserved; 0: none. */
  reservedSequence(): number {
    return this.#guard(() => this.#events.reserved());
  }

  /** Reserves the numbers up to this one: after a restart only higher ones are given; synced. */
  reserveSequence(upTo: number): void {
    this.#durably(() => this.#events.reserve(upTo));
  }

  appendEvents(entries: readonly NumberedEvent[]): void {
    const { events, eventAgeMs } = this.#limits;
    const newest = entries.at(-1)?.at ?? 0;
    this.#guard(() => this.#events.append(entries, events, newest - eventAgeMs));
  }

  eventsAfter(sequence: number): readonly NumberedEvent[] {
    return this.#guard(() => this.#events.after(sequence));
  }

  eventsBetween(after: number, upTo: number): readonly NumberedEvent[] {
    return this.#guard(() => this.#events.after(after, upTo));
  }

  eventsDropped(): { readonly upTo: number; readonly oldest: number } {
    return this.#guard(() => this.#events.dropped());
  }

  /** Up to which event each target was told everything. */
  notified(): ReadonlyMap<string, number> {
    return this.#guard(() => this.#notified.all());
  }

  /** Undefined: it is no target any more. Never throws: what cannot be written is told twice after a restart. */
  rememberNotified(target: string, sequence: number | undefined): void {
    try {
      if (sequence === undefined) this.#notified.remove(target);
      else this.#notified.set(target, sequence);
    } catch {
      // The journal, which is written to the same file, says that it cannot be.
    }
  }

  close(): void {
    this.#database.close();
  }

  #remember(commit: Commit): void {
    if (commit.source.kind === "file") this.#files.put(commit.source.path, commit.source.hash);
    if (commit.settles !== undefined) this.#confirmations.settle(commit.settles);
    if (commit.answer !== undefined) this.#requests.put(commit.answer, commit.at, this.#limits.answerAgeMs);
  }

  /** One transaction that is on disk when it returns. */
  #durably<T>(write: () => T): T {
    return this.#guard(() => {
      this.#expectFile();
      this.#database.exec("PRAGMA synchronous = FULL");
      try {
        return this.#database.transaction(write).immediate();
      } finally {
        this.#database.exec("PRAGMA synchronous = NORMAL");
      }
    });
  }

  /** A file that was removed under us takes writes as before, and they are lost when the process ends: that may not be promised to anybody. */
  #expectFile(): void {
    if (identityOf(this.path) === this.#file) return;
    const remedy = "put it back, or start the agent again: it then begins with what is there";
    throw new StoreError(
      "failed",
      `store ${this.path}: the file was removed or replaced while it was in use: ${remedy}`,
    );
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (thrown) {
      throw storeError(thrown, this.path);
    }
  }
}

/** The file behind a path; undefined when there is none. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

function openDatabase(path: string): Database {
  const database = new Database(path, { create: true, strict: true });
  try {
    chmodSync(path, 0o600);
    database.exec("PRAGMA busy_timeout = 2000");
    // One agent, one store: a second process that opens it is refused.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = NORMAL");
    const version = versionOf(database);
    if (version > schemaVersion) throw newerError(path, version);
    const check = database.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check;
    if (check !== "ok") throw corruptError(path, check ?? "no answer");
    migrate(database);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function newerError(path: string, version: number): StoreError {
  const remedy = "run that build again, or move the file away to start with an empty store";
  return new StoreError(
    "newer",
    `store ${path}: it was written by a newer vipward (schema ${version}, this build knows ${schemaVersion}): ${remedy}`,
  );
}

function corruptError(path: string, found: string): StoreError {
  const remedy = "move the file away; the agent then starts with an empty store and the file given with --config";
  return new StoreError("corrupt", `store ${path}: it is damaged: ${found}: ${remedy}`);
}
