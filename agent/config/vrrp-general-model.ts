// The part of the model that holds for the VRRP process as a whole. Types only, as in model.ts.

import type { Milliseconds } from "../base/duration.ts";

/** What holds for all instances. */
export interface VrrpGeneralModel extends AnnouncementPace {
  /** How long after the process has begun instances begin. */
  readonly startupDelay: Milliseconds;
  /** How long after the machine has begun instances begin; the later of the two counts. */
  readonly delayAfterBoot: Milliseconds;
  /** False: groups of 224.0.0.0/24 are not reported; they are unless said. */
  readonly localIgmp?: boolean;
  /** Interfaces that share one pace of their own. All others have the pace of the process, each for itself. */
  readonly garpGroups: readonly GarpGroupModel[];
}

/** The least time between two announcements on an interface; 0: as fast as they can. */
export interface AnnouncementPace {
  /** Gratuitous ARP, for IPv4. */
  readonly garpInterval: Milliseconds;
  /** Unsolicited neighbour advertisements, for IPv6. */
  readonly gnaInterval: Milliseconds;
}

/** Interfaces on which together announcements keep a pace. */
export interface GarpGroupModel extends AnnouncementPace {
  readonly interfaces: readonly string[];
}
