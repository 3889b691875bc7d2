// What a VRRP instance and the process have unless configured, for tests that build models themselves.

import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { ElectionModel } from "../../agent/config/election-model.ts";
import type { GratuitousArpModel } from "../../agent/config/gratuitous-arp-model.ts";
import type { VrrpInstanceModel, VrrpModel } from "../../agent/config/model.ts";
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

/** An instance as most directors have it: version 3, every 100 ms, one address, priority 100. */
export function instanceModel(other: Partial<VrrpInstanceModel> = {}): VrrpInstanceModel {
  return {
    name: "web",
    family: "ipv4",
    version: 3,
    interface: "eth0",
    virtualRouterId: 51,
    priority: 100,
    advertisementInterval: milliseconds(100),
    initialState: "backup",
    preempt: true,
    preemptDelay: none,
    sourceAddress: undefined,
    multicastGroup: ip("224.0.0.18"),
    authentication: { type: "none" },
    checksumWithPseudoHeader: true,
    virtualAddresses: [{ address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0" }],
    ...usualElection,
    gratuitousArp: usualGratuitousArp(5, seconds(5)),
    ...other,
  };
}

/** A model of these instances with a lease of 10 s. */
export function vrrpModel(...instances: readonly VrrpInstanceModel[]): VrrpModel {
  return { addressLease: seconds(10), general: usualGeneral, instances };
}
