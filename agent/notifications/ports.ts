// What notifications need of the world, in words of their own.

import type { Milliseconds } from "../base/duration.ts";
import type { ProgramModel, ProgramsModel } from "../config/model.ts";
import type { RunningProgram } from "../kernel/programs.ts";

/** What is run: a program, with what comes after its own arguments, and what is added to its environment. */
export interface ProgramRun {
  readonly program: ProgramModel;
  readonly more: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** How long it may take; undefined: as long as it likes. */
  readonly timeout?: Milliseconds;
  /** Is given what can be ended early. */
  readonly onStarted?: (running: RunningProgram) => void;
}

/** How a program ended: well, or why not as a sentence. */
export type ProgramEnd = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Runs programs, never through a shell. Never rejects. */
export type RunProgram = (run: ProgramRun, programs: ProgramsModel) => Promise<ProgramEnd>;

/** A mail as it is handed over. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  /** The same whenever the same mail is sent again. */
  readonly id: string;
  /** When it happened, Unix milliseconds. */
  readonly at: number;
}

/** What became of a mail: taken; refused for good; or something that may be different later. */
export type MailOutcome =
  | { readonly kind: "sent" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/** Hands mails to a server, one after the other. Never rejects. */
export interface MailServer {
  send(mail: Mail): Promise<MailOutcome>;
  close(): void;
}
