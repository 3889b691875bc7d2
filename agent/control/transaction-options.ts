// What transactions need of the agent, and what they ask before a change begins.

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Issue } from "../config/issue.ts";
import type { Model } from "../config/model.ts";
import type { Settings } from "../config/schema/settings.ts";
import type { ReportEvent } from "../events/event.ts";
import type { InstanceView } from "../vrrp/view.ts";
import type { Configuration } from "./candidate.ts";
import type { Confirmation, NewConfirmation } from "./confirmation/confirmation.ts";
import type { Leaving } from "./overrides/overrides.ts";
import type { CheckersPort, NotificationsPort, RevisionStore, VrrpPort } from "./ports.ts";
import type { ApplyRequest } from "./words/request.ts";

/** What transactions need. */
export interface TransactionOptions {
  readonly store: RevisionStore;
  readonly checkers: CheckersPort;
  readonly vrrp: VrrpPort;
  readonly notifications?: NotificationsPort;
  /** Awaited once, before the children are given anything. */
  readonly beforeFirst?: (model: Model) => Promise<void>;
  /** The model with what operators have overridden: what the children are given. */
  readonly effective?: (model: Model) => Model;
  /** Has the real servers that a change removes stay for a while without new connections, where it asks for that. */
  readonly leave?: (before: Model, after: Model, request: ApplyRequest) => Leaving | undefined;
  /** What this machine has to say of right settings, such as an interface that it does not have. An error refuses them. */
  readonly remarks?: (settings: Settings) => readonly Issue[];
  /** The instances as they are now, for the effects of a plan. */
  readonly instances: () => readonly InstanceView[];
  readonly report: ReportEvent;
  readonly log: Log;
  readonly clock: Clock;
  /** Waits before putting back is tried again. */
  readonly pause: (attempt: number) => Promise<void>;
  /** What else must hold before a change begins; throws Refused. What it returns is written with the success. */
  readonly permit?: (change: Change) => Promise<NewConfirmation | undefined>;
  /** A change was written, with what it waits for. */
  readonly onApplied?: (confirmation: Confirmation | undefined) => void;
  /** Called after the running configuration, or whether the children run it, changed. */
  readonly onChange: () => void;
}

/** A change that may begin if nothing speaks against it. `before`: the empty configuration where none was ever applied. */
export interface Change {
  readonly request: ApplyRequest;
  readonly baseRevision: number;
  readonly before: Configuration;
  readonly after: Configuration;
}
