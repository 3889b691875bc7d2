// The words for configurations that were accepted.

import type { Settings } from "../../config/schema/settings.ts";
import type { Confirmation } from "../confirmation/confirmation.ts";

/** Where a configuration came from: a call, or a file with the SHA-256 of its text. */
export type Source = { readonly kind: "api" } | { readonly kind: "file"; readonly path: string; readonly hash: string };

/** An accepted configuration without its content. Times are Unix milliseconds. */
export interface Revision {
  readonly number: number;
  /** SHA-256 of the canonical document, hex. */
  readonly hash: string;
  readonly author: string;
  readonly reason: string;
  readonly source: Source;
  readonly createdAt: number;
  readonly result: "pending" | "applied" | "failed";
  readonly failure?: string;
  /** How long it took; not known of one that a process began and did not end. */
  readonly durationMs?: number;
  /** What ran before it. */
  readonly previous?: { readonly number: number; readonly hash: string };
}

/** A revision with its content. */
export interface StoredConfiguration {
  readonly revision: Revision;
  readonly settings: Settings;
}

/** Which configuration runs. Revision 0: none was ever applied. */
export interface ConfigView {
  readonly revision: number;
  readonly hash: string;
  readonly author: string;
  readonly reason: string;
  readonly source: string;
  readonly at: number;
  /** It goes back unless it is confirmed, or its gate is passed. */
  readonly confirmation?: Confirmation;
}
