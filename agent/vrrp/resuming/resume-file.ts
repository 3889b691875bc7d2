// The resume memory in two files of the runtime directory. vrrp.resume is a small JSON record, replaced as a whole when a state changes;
// vrrp.beats has 8 bytes for each slot, overwritten in place by one pwrite for each advertisement. Times are CLOCK_MONOTONIC, so the
// record carries the boot it belongs to; one of another boot is worth nothing.

import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Instant, instant } from "../../base/duration.ts";
import { codeOf, messageOf } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { decodeResumeRecord, encodeResumeRecord, type ResumeInstance } from "../core/resume-record.ts";
import type { ResumeMemory } from "./resume-memory.ts";

/** The files of one agent. Troubles are logged once and otherwise ignored. */
export class ResumeFile implements ResumeMemory {
  readonly #record: string;
  readonly #beats: string;
  readonly #log: Log;
  readonly #boot: string | undefined;
  readonly #cell = new DataView(new ArrayBuffer(beatLength));
  #descriptor: number | undefined;
  #troubled = false;

  /** `boot` identifies the boot; the kernel's own unless a test says otherwise. */
  constructor(runtimeDirectory: string, log: Log, boot = bootId()) {
    this.#record = join(runtimeDirectory, "vrrp.resume");
    this.#beats = join(runtimeDirectory, "vrrp.beats");
    this.#log = log;
    this.#boot = boot;
    attempt(() => mkdirSync(runtimeDirectory, { recursive: true, mode: 0o750 }));
  }

  load(): readonly ResumeInstance[] | undefined {
    const text = this.#read(this.#record)?.toString("utf8");
    if (text === undefined) return undefined;
    const decoded = decodeResumeRecord(text);
    if (!decoded.ok) return this.#ignore(decoded.error);
    if (decoded.value.boot !== this.#boot) return this.#ignore("it is of another boot");
    const beats = this.#read(this.#beats);
    return decoded.value.instances.map((instance) => ({ ...instance, lastAdvertisementAt: beatOf(beats, instance) }));
  }

  saveInstances(instances: readonly ResumeInstance[]): void {
    if (this.#boot === undefined) return;
    const text = encodeResumeRecord({ boot: this.#boot, instances });
    const temporary = `${this.#record}.new`;
    this.#guard(() => {
      writeFileSync(temporary, text, { mode: 0o600 });
      renameSync(temporary, this.#record);
      // Ready for the first beat, which comes in the midst of a takeover.
      this.#openBeats();
    });
  }

  beat(slot: number, at: Instant): void {
    this.#cell.setFloat64(0, at, true);
    this.#guard(() => {
      writeSync(this.#openBeats(), this.#cell, 0, beatLength, slot * beatLength);
    });
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #openBeats(): number {
    this.#descriptor ??= openSync(this.#beats, openForUpdate, 0o600);
    return this.#descriptor;
  }

  #read(path: string): Buffer | undefined {
    try {
      return readFileSync(path);
    } catch (thrown) {
      if (codeOf(thrown) !== "ENOENT") this.#complain(thrown);
      return undefined;
    }
  }

  #guard(write: () => void): void {
    try {
      write();
    } catch (thrown) {
      this.#complain(thrown);
    }
  }

  #complain(thrown: unknown): void {
    if (!this.#troubled) this.#log.warn("resume-memory-failed", { file: this.#record, cause: messageOf(thrown) });
    this.#troubled = true;
  }

  #ignore(why: string): undefined {
    this.#log.warn("resume-record-ignored", { file: this.#record, cause: why });
    return undefined;
  }
}

/** A slot holds one little-endian double: CLOCK_MONOTONIC in milliseconds. */
const beatLength = 8;

/** O_RDWR | O_CREAT, without O_TRUNC: the beats of the process before are still to be read. */
const openForUpdate = 0o2 | 0o100;

function beatOf(beats: Buffer | undefined, { slot }: ResumeInstance): Instant | undefined {
  if (beats === undefined || beats.length < (slot + 1) * beatLength) return undefined;
  const at = beats.readDoubleLE(slot * beatLength);
  return Number.isFinite(at) && at > 0 ? instant(at) : undefined;
}

function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The first write will say what is wrong with the directory.
  }
}
