// What the store is given and keeps, as its tables and its callers pass it on.

import type { NewConfirmation, Settlement } from "../confirmation/confirmation.ts";
import type { Applied } from "../words/outcome.ts";
import type { Revision, Source } from "../words/revision.ts";

/** What a revision consists of: the canonical document as JSON, and its hash. */
export interface RevisionContent {
  readonly hash: string;
  readonly document: string;
}

/** A configuration that is about to be applied: who wants it and why. Its content is written with its end. */
export interface NewRevision {
  readonly author: string;
  readonly reason: string;
  readonly source: Source;
  readonly createdAt: number;
}

/** What is known of a revision when it ends. */
export interface RevisionEnd {
  readonly durationMs: number;
  /** What ran before; undefined: nothing. */
  readonly previous: { readonly number: number; readonly hash: string } | undefined;
}

/** What is written with the success of a revision, in one piece. */
export interface Commit {
  readonly end?: RevisionEnd;
  /** It goes back unless it is confirmed. */
  readonly confirmation?: NewConfirmation;
  /** It ends a change that waited to be confirmed. */
  readonly settles?: Settlement;
  readonly answer?: { readonly requestId: string; readonly fingerprint: string; readonly applied: Applied };
  readonly source: Source;
  readonly at: number;
}

/** A revision with its content: the canonical document as JSON. */
export interface StoredRevision {
  readonly revision: Revision;
  readonly document: string;
}

/** What a request id was answered, and the fingerprint of the content it came with. */
export interface StoredAnswer {
  readonly fingerprint: string;
  readonly applied: Applied;
}
