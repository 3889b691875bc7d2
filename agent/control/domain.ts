// What the gRPC services ask of the agent, in words of the domain. services/ converts and calls it; agent.ts composes it from the
// transactions, the state hub, the journal and the two children. Expected refusals are values; whatever is thrown is a fault of ours.

import type { CheckerView, IpvsView, VirtualServerView } from "../balancer/view.ts";
import type { IpAddress } from "../base/address.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { Result } from "../base/result.ts";
import type { BfdSessionView } from "../bfd/view.ts";
import type { DifferingPlace } from "../config/diff.ts";
import type { Issue } from "../config/issue.ts";
import type { Settings } from "../config/schema/settings.ts";
import type { Validated } from "../config/validate.ts";
import type { NumberedEvent, ProcessRole, VrrpState } from "../events/event.ts";
import type { ConnectionFilter, ConnectionList } from "../kernel/connections.ts";
import type { OperationCounts } from "../kernel/ipvs.ts";
import type { NotificationQueueView } from "../notifications/view.ts";
import type { PlannedOperations } from "../supervisor/planned-operations.ts";
import type { BelongingView, InstanceView, SyncGroupView } from "../vrrp/view.ts";
import type { Certificates } from "./access/certificates.ts";
import type { NamedFile } from "./access/named-files.ts";
import type { Changes } from "./changes.ts";
import type { Confirmation, ConfirmationWish, GateWish, Settlement } from "./confirmation/confirmation.ts";
import type { Found } from "./doctor/examine.ts";
import type { ControllerClaim } from "./fencing.ts";
import type { GuardExceeded, GuardWish } from "./guards.ts";
import type { Removals } from "./merge.ts";
import type { Operations } from "./operations.ts";
import type { Override } from "./overrides/override.ts";

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

/** What is said about a document. The hash is there when nothing refuses it. */
export interface Validation {
  readonly issues: readonly Issue[];
  readonly hash?: string;
}

/** What is expected to happen to one VRRP instance. Addresses are texts with prefix length. */
export interface VrrpEffect {
  readonly instance: string;
  readonly change: "added" | "removed" | "changed" | "restarted";
  readonly state?: VrrpState;
  readonly expectedState?: VrrpState;
  readonly addedAddresses: readonly string[];
  readonly removedAddresses: readonly string[];
  readonly explanation: string;
}

/** What applying a document would do. */
export interface Plan {
  readonly baseRevision: number;
  readonly hash: string;
  readonly planned: PlannedOperations;
  /** Shown as differences when they are told: of a large configuration only the first are. */
  readonly differences: readonly DifferingPlace[];
  readonly vrrpEffects: readonly VrrpEffect[];
  readonly warnings: readonly Issue[];
}

/** A document with camelCase keys: the whole configuration, or, with `merge`, what changes in it and what goes. */
export interface DocumentWish {
  readonly document: unknown;
  readonly merge?: Removals;
}

/** A wish to replace the configuration. */
export interface ApplyRequest extends DocumentWish {
  /** What checking the document came to, where the caller has done it; it is not done again. */
  readonly validated?: Validated;
  readonly expectedRevision?: number;
  readonly requestId?: string;
  readonly planHash?: string;
  readonly author: string;
  readonly reason: string;
  readonly source: Source;
  readonly validateOnly: boolean;
  /** It goes back unless it is confirmed. */
  readonly confirmation?: ConfirmationWish;
  /** It goes back when the director fares worse by it. */
  readonly gate?: GateWish;
  /** What it may do that guards would refuse. */
  readonly guards?: GuardWish;
  /** The director's address that the call came to; undefined on the unix socket. */
  readonly localAddress?: IpAddress;
  /** Real servers that it removes are drained first, for so long at most; so many connections may be left. */
  readonly drainRemoved?: { readonly forMs: number; readonly floor: number };
  /** It ends a change that waits to be confirmed. */
  readonly settles?: Settlement;
  /** The virtual servers that its caller may change; undefined: everything. */
  readonly scope?: readonly string[];
  /** The directories below which its caller may name files of the director; undefined: everywhere. */
  readonly files?: readonly string[];
  /** Which controller asks. */
  readonly controller?: ControllerClaim;
  /** It was prepared before. */
  readonly preparedToken?: string;
}

/** The phases of a change, in order. */
export const applyPhases = ["validate", "plan", "store", "checkers", "vrrp", "commit"] as const;
export type ApplyPhase = (typeof applyPhases)[number];

/** What a change came to. Plain JSON: it is stored with its request id. The revision is missing only where none was ever applied. */
export interface Applied {
  readonly revision?: Revision;
  readonly phases: readonly { readonly name: ApplyPhase; readonly durationMs: number }[];
  readonly operations: OperationCounts;
  readonly replayed: boolean;
  readonly unchanged: boolean;
  readonly warnings: readonly Issue[];
  /** The real servers that it removed and that are drained first. */
  readonly draining?: readonly string[];
  /** It goes back unless it is confirmed, or its gate is passed. */
  readonly confirmation?: Confirmation;
}

/** A step of a change that failed, with the process it failed in. */
export interface StepFailure extends OperationFailure {
  readonly phase: ApplyPhase;
}

/** Why a call is refused. Nothing has changed, except where `rollback-failed` says so. */
export type Refusal =
  | { readonly kind: "invalid-configuration"; readonly issues: readonly Issue[] }
  | { readonly kind: "invalid-argument"; readonly field: string; readonly message: string }
  | { readonly kind: "request-id-reused"; readonly requestId: string }
  | { readonly kind: "revision-not-found"; readonly revision: number }
  | { readonly kind: "no-configuration" }
  | { readonly kind: "revision-mismatch"; readonly expected: number; readonly actual: number }
  | { readonly kind: "revision-lost"; readonly expected: number; readonly actual: number }
  | { readonly kind: "plan-changed"; readonly expected: string; readonly actual: string }
  | { readonly kind: "confirmation-pending"; readonly confirmation: Confirmation }
  | { readonly kind: "confirmation-ended"; readonly confirmation: Confirmation }
  | { readonly kind: "confirmation-not-found"; readonly id: string }
  | { readonly kind: "confirmation-id-reused"; readonly id: string }
  | { readonly kind: "not-permitted"; readonly caller: string; readonly call: string; readonly right: string }
  | { readonly kind: "outside-scope"; readonly fields: readonly string[] }
  | {
      readonly kind: "file-not-permitted";
      readonly files: readonly NamedFile[];
      readonly directories: readonly string[];
    }
  | {
      readonly kind: "limit-exceeded";
      readonly caller: string;
      readonly limit: "rate" | "concurrency";
      readonly retryMs: number;
    }
  | {
      readonly kind: "certificate-refused";
      readonly reason: "TLS_NOT_SERVED" | "CERTIFICATE_ON_TRIAL" | "CERTIFICATE_NOT_PROVEN" | "NO_CERTIFICATE_ON_TRIAL";
    }
  | { readonly kind: "object-not-found"; readonly object: string }
  | { readonly kind: "stale-controller"; readonly role: string; readonly epoch: number; readonly current: number }
  | { readonly kind: "configuration-prepared"; readonly expiresAt: number }
  | { readonly kind: "preparation-not-found"; readonly token: string }
  | { readonly kind: "upload-not-found"; readonly id: string }
  | { readonly kind: "guard-exceeded"; readonly exceeded: readonly GuardExceeded[] }
  | { readonly kind: "kernel-refused"; readonly failures: readonly StepFailure[] }
  | { readonly kind: "child-unavailable"; readonly phase: ApplyPhase; readonly message: string }
  | {
      readonly kind: "store-failed";
      readonly full: boolean;
      readonly message: string;
    }
  | { readonly kind: "rollback-failed"; readonly cause: string; readonly failures: readonly StepFailure[] }
  | { readonly kind: "stopping" };

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

/** One of the agent's processes. It runs from when there is something for it to do (`needed`); `pid` is missing while it does not run. */
export interface ProcessView {
  readonly role: ProcessRole;
  readonly needed: boolean;
  readonly pid?: number;
  readonly build: string;
  readonly since: number;
  readonly maxLatenessMs?: number;
  readonly restarts: number;
  readonly revision: number;
}

/** One thing with a state, as snapshots and changes carry it. */
export type Resource =
  | { readonly content: "config"; readonly value: ConfigView }
  | { readonly content: "process"; readonly value: ProcessView }
  | { readonly content: "vrrp-instance"; readonly value: InstanceView }
  | { readonly content: "sync-group"; readonly value: SyncGroupView }
  | { readonly content: "static-object"; readonly value: BelongingView }
  | { readonly content: "bfd-session"; readonly value: BfdSessionView }
  | { readonly content: "virtual-server"; readonly value: VirtualServerView }
  | { readonly content: "checker"; readonly value: CheckerView }
  | { readonly content: "notification-queue"; readonly value: NotificationQueueView }
  | { readonly content: "override"; readonly value: Override };
export type ResourceContent = Resource["content"];
export type ResourceValue<C extends ResourceContent> = Extract<Resource, { content: C }>["value"];

/** Everything at one sequence number. */
export interface StateSnapshot {
  readonly sequence: number;
  readonly bootId: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly config: ConfigView;
  readonly processes: readonly ProcessView[];
  readonly vrrpInstances: readonly InstanceView[];
  readonly syncGroups: readonly SyncGroupView[];
  readonly staticObjects: readonly BelongingView[];
  readonly bfdSessions: readonly BfdSessionView[];
  readonly virtualServers: readonly VirtualServerView[];
  readonly checkers: readonly CheckerView[];
  /** What was done to the kernel's table; undefined while nothing is balanced. */
  readonly ipvs?: IpvsView;
  readonly notificationQueues: readonly NotificationQueueView[];
  readonly overrides: readonly Override[];
}

/** What a watcher wants. */
export interface WatchRequest {
  /** Stored events after this number first; undefined: from now on. */
  readonly resumeAfter: number | undefined;
  /** Which contents and whether events; all unless given. */
  readonly contents: ReadonlySet<ResourceContent | "event"> | undefined;
  /** Only what goes by one of these names, or begins with one that ends with *; all unless given. */
  readonly names?: readonly string[];
  /** Only events of these kinds; all unless given. */
  readonly eventKinds?: ReadonlySet<string>;
  /** How many messages may come as one; each by itself unless given. */
  readonly maxBatch?: number;
  /** How often resources are told with their counters although nothing changed; never unless given. */
  readonly sampleMs?: number;
  readonly heartbeatMs: number;
}

/** A part of the journal. `tooOld`: some events after the number are no longer stored; the oldest number that is. */
export interface StoredEvents {
  readonly events: readonly NumberedEvent[];
  readonly tooOld: number | undefined;
  /** Whether there are more. */
  readonly isPart: boolean;
}

/** One thing that a watcher is told. */
export type WatchMessage =
  | { readonly kind: "established"; readonly bootId: string; readonly sequence: number }
  | { readonly kind: "too-old"; readonly oldestSequence: number }
  | { readonly kind: "changed"; readonly sequence: number; readonly resource: Resource; readonly sample?: true }
  | { readonly kind: "batch"; readonly messages: readonly WatchMessage[] }
  | {
      readonly kind: "removed";
      readonly sequence: number;
      readonly content: ResourceContent;
      readonly name: string;
    }
  | { readonly kind: "snapshot-end"; readonly sequence: number }
  | { readonly kind: "event"; readonly entry: NumberedEvent }
  | { readonly kind: "heartbeat"; readonly sequence: number }
  | { readonly kind: "overflow"; readonly sequence: number };

/** A watch that is going on. It ends after `overflow`, when it is closed, and when the agent stops. */
export interface Watch extends AsyncIterable<WatchMessage> {
  /** The same messages, as many at a time as are there. It is iterated in one of both ways. */
  groups(): AsyncIterable<readonly WatchMessage[]>;
  close(): void;
}

/** A wish to stop. */
export interface StopRequest {
  readonly keep: boolean;
  readonly reason: string;
}
