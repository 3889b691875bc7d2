// The command line in this process, over an agent in memory: what a person would see, and the exit code.

import { readFile } from "node:fs/promises";
import type { Io } from "../../agent/cli/io.ts";
import { runCommandLine } from "../../agent/cli/main.ts";
import { Served } from "../control/client.ts";
import { noon } from "../control/memory-agent.ts";

/** What a command said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line. `files` are what it can read; pictures of --watch end after `pictures`. */
export async function vipward(
  words: readonly string[],
  options: {
    readonly files?: Readonly<Record<string, string>>;
    readonly pictures?: number;
    readonly color?: boolean;
    readonly width?: number;
  } = {},
): Promise<Said> {
  let out = "";
  let err = "";
  let pictures = options.pictures ?? 1;
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    terminal: false,
    color: options.color ?? false,
    ...(options.width !== undefined && { width: options.width }),
    now: () => noon + 300_000,
    readFile: async (path) => options.files?.[path] ?? (await readFile(path, "utf8")),
    nextPicture: async () => --pictures > 0,
    author: "alice",
  };
  const code = await runCommandLine(words, io);
  return { code, out, err };
}

/** A served agent and its command line. */
export class CommandLine implements AsyncDisposable {
  readonly served: Served;

  private constructor(served: Served) {
    this.served = served;
  }

  static async start(): Promise<CommandLine> {
    return new CommandLine(await Served.start());
  }

  get agent() {
    return this.served.agent;
  }

  run(words: readonly string[], options: Parameters<typeof vipward>[1] = {}): Promise<Said> {
    return vipward([...words, "--runtime-dir", this.agent.directory], options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.served[Symbol.asyncDispose]();
  }
}
