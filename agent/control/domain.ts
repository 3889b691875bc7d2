// What the gRPC services ask of the agent, in words of the domain. services/ converts and calls it; agent.ts composes it from the
// transactions, the state hub, the journal and the two children. Expected refusals are values; whatever is thrown is a fault of ours.

import type { OperationFailure } from "../base/errors.ts";
import type { Result } from "../base/result.ts";
import type { ConnectionFilter, ConnectionList } from "../kernel/connections.ts";
import type { Certificates } from "./access/certificates.ts";
import type { Changes } from "./changes.ts";
import type { Found } from "./doctor/examine.ts";
import type { Operations } from "./operations.ts";
import type { Applied, Plan, Validation } from "./words/outcome.ts";
import type { Refusal } from "./words/refusal.ts";
import type { ApplyRequest, DocumentWish } from "./words/request.ts";
import type { StoredConfiguration } from "./words/revision.ts";
import type { ProcessView, StateSnapshot, StoredEvents } from "./words/state.ts";
import type { Watch, WatchRequest } from "./words/watching.ts";

/** A running agent, as its API sees it. */
export interface Agent {
  info(): Promise<AgentInfo>;
  /** The running configuration, or that of a revision; with its secrets, which the caller leaves out. */
  getConfig(revision: number | undefined): Promise<Result<StoredConfiguration, Refusal>>;
  /** Every problem of a document with camelCase keys; touches nothing. */
  validate(wish: DocumentWish): Promise<Result<Validation, Refusal>>;
  /** What applying the document would do now. */
  plan(wish: DocumentWish): Promise<Result<Plan, Refusal>>;
  /** Replaces the whole configuration, or changes nothing. */
  apply(request: ApplyRequest): Promise<Result<Applied, Refusal>>;
  /** What else is done with changes: confirming, cancelling, going back, preparing, and their history. */
  readonly changes: Changes;
  /** The certificate that is shown over TCP. */
  readonly certificates: Certificates;
  /** What operators set aside for a while, and what they have done at once. */
  readonly operations: Operations;
  /** What is wrong with the host, and what to do about it; the worst first. */
  doctor(): Promise<readonly Found[]>;
  /** Everything that is known, fresh from the children. */
  state(): Promise<StateSnapshot>;
  /** The connections that IPVS knows, `limit` at most. */
  connections(filter: ConnectionFilter, limit: number): Promise<ConnectionList>;
  /** Stored events after a number, oldest first, at most so many. */
  events(after: number, limit: number): StoredEvents;
  /** What is, and then what happens. The caller closes it. */
  watch(request: WatchRequest): Watch;
  /** Stops the children and resolves when they have stopped, with what they could not do; the process exits afterwards. */
  stop(request: StopRequest): Promise<Result<readonly OperationFailure[], Refusal>>;
  /** Whether the agent does its work: both children run and the last transaction is settled. */
  readonly health: Health;
}

/** Whether the agent serves, and a way to hear when that changes. */
export interface Health {
  serving(): boolean;
  /** Calls back after each change, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** What runs here. Times are Unix milliseconds. */
export interface AgentInfo {
  readonly version: string;
  readonly commit: string;
  readonly director: string;
  readonly kernel: string;
  readonly ipvs: { readonly version: string; readonly connectionTableSize: number } | undefined;
  readonly startedAt: number;
  readonly bootId: string;
  readonly processes: readonly ProcessView[];
  readonly capabilities: readonly string[];
  readonly runtimeDirectory: string;
  readonly stateDirectory: string;
}

/** A wish to stop. */
export interface StopRequest {
  readonly keep: boolean;
  readonly reason: string;
}
