// What a command reads from and writes to, handed in so that tests see exactly what a person would.

import { writeSync } from "node:fs";
import { codeOf, messageOf } from "../base/errors.ts";

/** Where a command's words go. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` is a terminal: colours, and a screen that is painted anew. */
  readonly terminal: boolean;
  readonly color: boolean;
  /** How many characters fit into a line of the terminal; undefined: as many as it takes. */
  readonly width?: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly readFile: (path: string) => Promise<string>;
  /** Waits between two pictures of --watch; false ends it. */
  readonly nextPicture: (intervalMs: number) => Promise<boolean>;
  /** Who asks, for the history. */
  readonly author: string;
}

/** How a command ends when not with 0. */
export type ExitCode = 1 | 2 | 3 | 4;

/** A command cannot do what it should; the message says why and what to do. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}

/** The terminal, files and clock of this process. */
export function processIo(): Io {
  const terminal = process.stdout.isTTY === true;
  return {
    out: writeOut,
    err: writeErr,
    terminal,
    color: terminal && (process.env.NO_COLOR ?? "") === "" && process.env.TERM !== "dumb",
    ...(terminal && process.stdout.columns > 0 && { width: process.stdout.columns }),
    now: () => Date.now(),
    readFile: (path) => (path === "-" ? Bun.stdin.text() : Bun.file(path).text()),
    nextPicture: async (intervalMs) => {
      await Bun.sleep(intervalMs);
      return true;
    },
    author: author(),
  };
}

/** Writes the whole answer before it returns, so that nothing is lost however the process ends. */
function writeOut(text: string): void {
  try {
    writeWhole(1, text);
  } catch (thrown) {
    // A reader that has seen enough (head, less) is no error.
    if (codeOf(thrown) === "EPIPE") process.exit(0);
    throw new CliError(1, `cannot write the answer: ${messageOf(thrown)}`);
  }
}

/** Where stderr cannot be written there is no one left to tell. */
function writeErr(text: string): void {
  try {
    writeWhole(2, text);
  } catch {}
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (thrown) {
      // Somebody else has made the pipe non-blocking, and it is full.
      if (codeOf(thrown) !== "EAGAIN") throw thrown;
      Bun.sleepSync(2);
    }
  }
}

/** The person behind sudo where there is one. */
function author(): string {
  const { SUDO_USER, USER } = process.env;
  const uid = process.getuid?.();
  return SUDO_USER ?? USER ?? (uid === 0 ? "root" : `uid ${uid}`);
}
