// Reads the tracked files: when the system tells that one has changed, and every two seconds all the same, because not every file system tells.

import { type FSWatcher, readFileSync, watch, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { codeOf, messageOf } from "../../base/errors.ts";
import { fileNumber } from "../../base/file-number.ts";
import type { TrackedFileModel } from "../../config/model.ts";
import type { TrackerReading } from "../core/tracking/tracking.ts";

/** What files are watched with. */
export interface FileWatchParts {
  readonly onFinding: (name: string, reading: TrackerReading) => void;
  /** Something about a file that an operator should know. */
  readonly onTrouble: (file: string, problem: string) => void;
}

interface Watched {
  readonly model: TrackedFileModel;
  told: number | undefined;
}

/** The files that are watched. */
export class FileWatch {
  readonly #parts: FileWatchParts;
  #watched = new Map<string, Watched>();
  readonly #folders = new Map<string, FSWatcher>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(parts: FileWatchParts) {
    this.#parts = parts;
  }

  /** Watches these from now on. A file that is new here is made first, if that is configured. */
  configure(models: readonly TrackedFileModel[]): void {
    const before = this.#watched;
    this.#watched = new Map(models.map((model) => [model.name, { model, told: before.get(model.name)?.told }]));
    for (const model of models) if (before.get(model.name)?.model.file !== model.file) this.#make(model);
    this.#watchFolders(new Set(models.map(({ file }) => dirname(file))));
    this.#readAll();
    clearInterval(this.#timer);
    if (models.length > 0) this.#timer = setInterval(() => this.#readAll(), rereadMs);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watchFolders(new Set());
  }

  #make({ file, initialValue, overwrite }: TrackedFileModel): void {
    if (initialValue === undefined) return;
    try {
      writeFileSync(file, `${initialValue}\n`, { flag: overwrite ? "w" : "wx", mode: 0o644 });
    } catch (thrown) {
      if (codeOf(thrown) !== "EEXIST") this.#parts.onTrouble(file, messageOf(thrown));
    }
  }

  /** Folders, not files: one that is replaced by renaming another is another file. */
  #watchFolders(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#folders)
      if (!folders.has(folder)) {
        watcher.close();
        this.#folders.delete(folder);
      }
    for (const folder of folders) if (!this.#folders.has(folder)) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, (_, name) => this.#onChange(folder, name));
      watcher.on("error", () => this.#folders.delete(folder));
      this.#folders.set(folder, watcher);
    } catch {
      // It may come later: until then its files are read every two seconds.
    }
  }

  #onChange(folder: string, name: string | null): void {
    for (const watched of this.#watched.values())
      if (dirname(watched.model.file) === folder && (name === null || basename(watched.model.file) === name))
        this.#read(watched);
  }

  #readAll(): void {
    for (const { model } of this.#watched.values())
      if (!this.#folders.has(dirname(model.file))) this.#watchFolder(dirname(model.file));
    for (const watched of this.#watched.values()) this.#read(watched);
  }

  #read(watched: Watched): void {
    const value = fileNumber(contentOf(watched.model.file));
    if (value === watched.told) return;
    watched.told = value;
    this.#parts.onFinding(watched.model.name, { up: true, value, reason: `says ${value}` });
  }
}

const rereadMs = 2000;

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(0, longest);
  } catch {
    return "";
  }
}

/** A number is not longer. */
const longest = 64;
