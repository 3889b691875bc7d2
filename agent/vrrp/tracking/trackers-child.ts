// The vrrp process's end of the talk with its trackers process: starts it when there is something to follow, replaces it when it ends or hangs,
// and tells it again what to follow. What is known meanwhile stays.

import type { Log } from "../../base/log.ts";
import type { WatchedModel } from "../../config/model.ts";
import { type Follow, readLines, silenceMs, type Word } from "./talk.ts";
import type { Finding, Watcher } from "./watcher.ts";

/** A trackers process that runs. */
export interface RunningTrackers {
  readonly pid: number;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  send(line: string): void;
  kill(): void;
}

/** Starts a trackers process. Throws when the system cannot. */
export type StartTrackers = (onOutput: (piece: Uint8Array) => void) => RunningTrackers;

/** How soon one that has ended is replaced. */
const pauseMs = 1000;

/** Follows by a process of its own. */
export class TrackersChild implements Watcher {
  readonly #start: StartTrackers;
  readonly #onFinding: (finding: Finding) => void;
  readonly #log: Log;
  #running: RunningTrackers | undefined;
  #watched: WatchedModel | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(start: StartTrackers, onFinding: (finding: Finding) => void, log: Log) {
    this.#start = start;
    this.#onFinding = onFinding;
    this.#log = log;
  }

  configure(watched: WatchedModel | undefined): void {
    this.#watched = watched;
    if (this.#running === undefined && watched !== undefined) return this.#begin();
    this.#tell();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#silence);
    this.#running?.kill();
  }

  #begin(): void {
    if (this.#closed || this.#running !== undefined) return;
    try {
      const running = this.#start(readLines<Word>((word) => this.#take(word)));
      this.#running = running;
      void running.ended.then((how) => this.#onEnded(running, how));
    } catch (thrown) {
      this.#log.error("trackers-not-started", { problem: String(thrown) });
      setTimeout(() => this.#begin(), pauseMs);
      return;
    }
    this.#listen();
    this.#tell();
  }

  #tell(): void {
    const follow: Follow = { kind: "follow", watched: this.#watched ?? null };
    this.#running?.send(`${JSON.stringify(follow)}\n`);
  }

  #take(word: Word): void {
    this.#listen();
    if (word.kind === "finding" && !this.#closed) this.#onFinding(word.finding);
  }

  /** A hung process is a dead process. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#log.warn("trackers-hung", { pid: this.#running?.pid });
      this.#running?.kill();
    }, silenceMs);
    this.#silence.unref();
  }

  #onEnded(running: RunningTrackers, how: string): void {
    if (this.#running !== running) return;
    this.#running = undefined;
    this.#watched = this.#watched && withoutInitialFailures(this.#watched);
    clearTimeout(this.#silence);
    if (this.#closed) return;
    this.#log.warn("trackers-ended", { pid: running.pid, how });
    setTimeout(() => this.#begin(), pauseMs);
  }
}

/** What a script has come to is known here: the next process has its first end decide. */
function withoutInitialFailures(watched: WatchedModel): WatchedModel {
  return { ...watched, scripts: watched.scripts.map((script) => ({ ...script, initiallyFailed: false })) };
}
