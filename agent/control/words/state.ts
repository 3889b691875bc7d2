// The words for what is: each thing with a state, all of them at one moment, and the stored events.

import type { CheckerView, IpvsView, VirtualServerView } from "../../balancer/view.ts";
import type { BfdSessionView } from "../../bfd/view.ts";
import type { NumberedEvent, ProcessRole } from "../../events/event.ts";
import type { NotificationQueueView } from "../../notifications/view.ts";
import type { BelongingView, InstanceView, SyncGroupView } from "../../vrrp/view.ts";
import type { Override } from "../overrides/override.ts";
import type { ConfigView } from "./revision.ts";

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

/** A part of the journal. `tooOld`: some events after the number are no longer stored; the oldest number that is. */
export interface StoredEvents {
  readonly events: readonly NumberedEvent[];
  readonly tooOld: number | undefined;
  /** Whether there are more. */
  readonly isPart: boolean;
}
