// What a VRRP instance and the process have unless configured, for tests that build models themselves.

import { milliseconds } from "../../agent/base/duration.ts";
import type { ElectionModel } from "../../agent/config/election-model.ts";
import type { GratuitousArpModel } from "../../agent/config/gratuitous-arp-model.ts";
import type { VrrpGeneralModel } from "../../agent/config/vrrp-general-model.ts";

const none = milliseconds(0);

/** The election as the RFCs have it. */
export const usualElection: ElectionModel = {
  downTimerAdverts: 3,
  timerExpiredBackup: undefined,
  higherPrioSendAdvert: false,
  lowerPrioNoAdvert: false,
  ownerIgnoreAdverts: false,
};

/** The process begins at once and announces as fast as it can. */
export const usualGeneral: VrrpGeneralModel = {
  startupDelay: none,
  delayAfterBoot: none,
  garpInterval: none,
  gnaInterval: none,
  localIgmp: true,
  garpGroups: [],
};

/** Announcements: this often at once, and once more after the delay, also when a lesser master was heard; no probe, which they do not need. */
export function usualGratuitousArp(repeat: number, delay = none): GratuitousArpModel {
  return {
    ...{ repeat, delay, refresh: none, refreshRepeat: 1, lowerPriorityRepeat: repeat, lowerPriorityDelay: delay },
    ...{ form: "request", verify: [], probe: false, extraInterval: none, extraAllInterfaces: false },
  };
}
