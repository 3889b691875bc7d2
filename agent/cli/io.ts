// What a command reads from and writes to, handed in so that tests see exactly what a person would.

/** Where a command's words go. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` is a terminal: colours, and a screen that is painted anew. */
  readonly terminal: boolean;
  readonly color: boolean;
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
  // A reader that has seen enough (head, less) is no error.
  process.stdout.on("error", () => process.exit(0));
  const terminal = process.stdout.isTTY === true;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal,
    color: terminal && (process.env.NO_COLOR ?? "") === "" && process.env.TERM !== "dumb",
    now: () => Date.now(),
    readFile: (path) => (path === "-" ? Bun.stdin.text() : Bun.file(path).text()),
    nextPicture: async (intervalMs) => {
      await Bun.sleep(intervalMs);
      return true;
    },
    author: author(),
  };
}

/** The person behind sudo where there is one. */
function author(): string {
  const { SUDO_USER, USER } = process.env;
  const uid = process.getuid?.();
  return SUDO_USER ?? USER ?? (uid === 0 ? "root" : `uid ${uid}`);
}
