// What control and its two children say to each other, one JSON object a line over the child's socket in the runtime directory
// (vrrp.sock, checkers.sock). The child listens and control connects, so that a restarted control finds running children.
// A child serves one control at a time: a new connection takes the place of the old one.

import type { CheckerMemory, CheckerView, IpvsView, VirtualServerView } from "../balancer/view.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { LogLevel } from "../base/log.ts";
import type { BfdSessionView } from "../bfd/view.ts";
import type { VrrpModel } from "../config/model.ts";
import type { Event } from "../events/event.ts";
import type { OperationCounts } from "../kernel/ipvs.ts";
import type { BelongingView, InstanceView, SyncGroupView } from "../vrrp/view.ts";
import type { PackedBalancer } from "./packed-balancer.ts";
import type { PlannedOperations } from "./planned-operations.ts";

/** The roles that run as children of control. */
export const childRoles = ["vrrp", "checkers"] as const;
export type ChildRole = (typeof childRoles)[number];

/** The signal by which control has vrrp send priority 0 and remove the addresses at once. A signal, because it arrives while control is busy with
 * something else, and overtakes whatever the child has been asked before; the request to stop follows. */
export const resignSignal = "SIGUSR2";

/** The configuration of each child. Checkers are also told what is remembered of each checker; what they know themselves is newer and wins. */
export interface ChildConfiguration {
  readonly vrrp: VrrpModel;
  readonly checkers: { readonly balancer: PackedBalancer; readonly memory: readonly CheckerMemory[] };
}

/** The state that each child shows. */
export interface ChildState {
  readonly vrrp: {
    readonly instances: readonly InstanceView[];
    readonly syncGroups: readonly SyncGroupView[];
    readonly staticObjects: readonly BelongingView[];
    readonly bfdSessions: readonly BfdSessionView[];
  };
  readonly checkers: {
    readonly virtualServers: readonly VirtualServerView[];
    readonly checkers: readonly CheckerView[];
    readonly ipvs?: IpvsView;
  };
}

/** What each child can be asked to do at once: announce the addresses of an instance, probe with a checker. */
export interface ChildAct {
  readonly vrrp: { readonly instance: string };
  readonly checkers: { readonly checker: string };
}

/** From control to a child. Each request but `renumber`, `noted` and `log` is answered by a `reply` with its id. */
export type Request<Role extends ChildRole = ChildRole> =
  | {
      readonly kind: "configure";
      readonly id: number;
      readonly revision: number;
      readonly configuration: ChildConfiguration[Role];
    }
  | { readonly kind: "state"; readonly id: number }
  /** What would be done to the kernel for this configuration, without doing it (checkers). */
  | { readonly kind: "plan"; readonly id: number; readonly configuration: ChildConfiguration[Role] }
  /** Do something once; failed with ENOENT where there is no such thing. */
  | { readonly kind: "act"; readonly id: number; readonly act: ChildAct[Role] }
  /** Stop for good: send priority 0 and remove what the agent owns (`keep`: leave addresses and services in place), answer, exit. */
  | { readonly kind: "stop"; readonly id: number; readonly keep: boolean }
  /** What it was given last belongs to this revision now. It is not answered. */
  | { readonly kind: "renumber"; readonly id: number; readonly revision: number }
  /** Control has the events up to this number in its journal: the child need not keep them any longer. It is not answered. */
  | { readonly kind: "noted"; readonly id: number; readonly events: number }
  /** Log lines of at least this level from now on. It is not answered. */
  | { readonly kind: "log"; readonly id: number; readonly level: LogLevel }
  /** Exit at once and leave everything in place: another process takes over (hand-over to a new build). */
  | { readonly kind: "hand-over"; readonly id: number };

/** What became of a configuration: what could not be done, and how much was done to the kernel's table by a child that keeps one. */
export interface Configured {
  readonly failures: readonly OperationFailure[];
  readonly counts?: OperationCounts;
}

/** What a request came to. A failed `configure` has changed nothing that it could take back. */
export type Outcome<Role extends ChildRole = ChildRole> =
  /** `counts`: what a `configure` did to the kernel's table (checkers). */
  | { readonly kind: "done"; readonly counts?: OperationCounts }
  | { readonly kind: "failed"; readonly failures: readonly OperationFailure[] }
  | { readonly kind: "state"; readonly state: ChildState[Role] }
  | { readonly kind: "planned"; readonly plan: PlannedOperations };

/** Something that happened. `at`: when, Unix milliseconds; control may hear of it much later. The numbers of one child process grow by one. */
export interface EventReport {
  readonly kind: "event";
  readonly number: number;
  readonly event: Event;
  readonly at?: number;
}

/** From a child to control. `hello` comes first; heartbeats say that its event loop turns. `maxLatenessMs` is how late its own timers were since the last one. */
export type Report<Role extends ChildRole = ChildRole> =
  | {
      readonly kind: "hello";
      readonly role: Role;
      readonly build: string;
      readonly pid: number;
      readonly revision: number | undefined;
    }
  | { readonly kind: "heartbeat"; readonly maxLatenessMs: number }
  | { readonly kind: "reply"; readonly id: number; readonly outcome: Outcome<Role> }
  | EventReport
  /** Something that control should keep across restarts of the child. */
  | { readonly kind: "remember"; readonly memory: CheckerMemory };
