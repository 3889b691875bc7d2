// A confirmed commit: a change that goes back by itself unless somebody, or the health of the director, says that it may stay. Types only.

/** A wish that a change goes back unless it is confirmed in time. The id is the client's, so that a lost answer can still be confirmed or cancelled. */
export interface ConfirmationWish {
  readonly id: string;
  readonly timeoutMs: number;
}

/** A wish that a change goes back when the director fares worse by it. */
export interface GateWish {
  readonly durationMs: number;
  /** How many real servers may go out of their pools meanwhile. */
  readonly maxFailedRealServers: number;
  readonly ignoreQuorum: boolean;
  readonly ignoreMastership: boolean;
}

/** A gate that is watched: until when (Unix milliseconds), from which event on, and how things were before the change. */
export interface Gate extends GateWish {
  readonly until: number;
  readonly sequence: number;
  /** The VRRP instances there were, by whether they were master. Others are new and may become what they like. */
  readonly masters: readonly string[];
  readonly others: readonly string[];
}

/** What became of a confirmed commit. */
export type ConfirmationOutcome = "pending" | "confirmed" | "gate-passed" | "cancelled" | "expired" | "gate-failed";

/** A confirmed commit. Times are Unix milliseconds. */
export interface Confirmation {
  readonly id: string;
  readonly revision: number;
  /** What runs again when it goes back; 0: nothing. */
  readonly baseRevision: number;
  readonly author: string;
  readonly startedAt: number;
  /** When it goes back; undefined: as soon as the gate was passed it stays. */
  readonly deadline?: number;
  readonly gate?: Gate;
  readonly outcome: ConfirmationOutcome;
}

/** A confirmed commit whose revision has no number yet. */
export type NewConfirmation = Omit<Confirmation, "revision" | "outcome">;

/** The end of a confirmed commit, as it is written. */
export interface Settlement {
  readonly id: string;
  readonly outcome: Exclude<ConfirmationOutcome, "pending">;
}
