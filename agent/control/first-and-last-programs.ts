// startup_script and shutdown_script: run once when the agent starts, before it does anything, and once when it has stopped. A control
// process that is started again in the middle, because it crashed or was replaced, is neither: a mark in the runtime directory tells it.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../base/log.ts";
import type { NotificationModel, RunOnceModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import type { RunProgram } from "../notifications/ports.ts";

/** What running them needs. */
export interface FirstAndLastOptions {
  readonly runtimeDirectory: string;
  readonly runProgram: RunProgram;
  readonly report: ReportEvent;
  readonly log: Log;
}

/** The programs of an agent's start and stop. */
export class FirstAndLastPrograms {
  readonly #options: FirstAndLastOptions;
  readonly #mark: string;

  constructor(options: FirstAndLastOptions) {
    this.#options = options;
    this.#mark = join(options.runtimeDirectory, "started");
  }

  /** Before the first configuration is given to anybody. */
  async begin({ startup, programs }: Pick<NotificationModel, "startup" | "programs">): Promise<void> {
    const boot = bootId();
    if (this.#markedBoot() === boot) return;
    if (startup !== undefined) await this.#run("startup script", startup, programs);
    try {
      writeFileSync(this.#mark, boot, { mode: 0o600 });
    } catch (thrown) {
      this.#options.log.warn("start-not-marked", { file: this.#mark, problem: String(thrown) });
    }
  }

  /** After everything has stopped for good. */
  async end({ shutdown, programs }: Pick<NotificationModel, "shutdown" | "programs">): Promise<void> {
    if (shutdown !== undefined) await this.#run("shutdown script", shutdown, programs);
    rmSync(this.#mark, { force: true });
  }

  async #run(
    target: string,
    { program, timeout }: RunOnceModel,
    programs: NotificationModel["programs"],
  ): Promise<void> {
    const { runProgram, report, log } = this.#options;
    const end = await runProgram({ program, more: [], environment: {}, timeout }, programs);
    if (end.ok) log.info("program-done", { what: target, program: program.command[0] });
    else report({ kind: "notification-failed", target, notification: program.command[0], reason: end.reason });
  }

  #markedBoot(): string | undefined {
    try {
      return readFileSync(this.#mark, "utf8");
    } catch {
      return undefined;
    }
  }
}

/** The kernel's name for this boot; a mark of another boot says nothing. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
