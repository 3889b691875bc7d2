// What happens to a VRRP instance, in parsed values.

import type { IpAddress } from "../../base/address.ts";
import type { Instant, Milliseconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { Environment } from "./instance-state.ts";

/** The instance begins, or waits to begin until it is time. */
export interface Startup {
  readonly kind: "startup";
  readonly environment: Environment;
  readonly notBefore?: Instant;
}

/** The instance begins in the place of a process that was master, and whose last advertisement the wire took at the given time. */
export interface Resume {
  readonly kind: "resume";
  readonly environment: Environment;
  readonly lastAdvertisementAt: Instant;
  /** After how long without an advertisement the peers count that process as down. */
  readonly masterDownInterval: Milliseconds;
}

/** The interface, its link or its addresses have changed. */
export interface EnvironmentChanged {
  readonly kind: "environment-changed";
  readonly environment: Environment;
}

/** An advertisement that keeps all rules was heard. */
export interface AdvertisementHeard {
  readonly kind: "advertisement";
  readonly source: IpAddress;
  readonly priority: number;
  readonly interval: Milliseconds;
  /** Our own address on the way that it came by, where that is not the instance's source. */
  readonly against?: IpAddress;
  /** When it reached this host; it may have waited before it was read. The time of the step unless told. */
  readonly heardAt?: Instant;
}

/** The wire has taken an advertisement of ours. */
export interface AdvertisementSent {
  readonly kind: "advertisement-sent";
}

/** The wire has taken the advertisement that was due, now, or the first of a takeover: it was prepared to leave by itself. */
export interface AdvertisementLeft {
  readonly kind: "advertisement-left";
}

/** The first advertisement of a takeover from `source`: the kernel refused to send it on every way. Told to the state before the takeover, which it is as if it had not been. */
export interface TakeoverRefused {
  readonly kind: "takeover-refused";
  readonly source: IpAddress;
}

/** A deadline may have come; a call that is early or late is harmless. */
export interface Deadline {
  readonly kind: "deadline";
  /** Others of the sync group are not ready to become master. */
  readonly groupWaits?: true;
}

/** Somebody else on the segment says that one of our addresses is his. */
export interface AddressClaimed {
  readonly kind: "address-claimed";
  readonly address: VirtualAddressModel;
  /** Of whom, as "02:00:00:00:00:09". */
  readonly hardwareAddress: string;
}

/** Only the priority has changed; the step is given the configuration with the new one. */
export interface PriorityChanged {
  readonly kind: "priority-changed";
  readonly previous: VrrpInstanceModel;
}

/** The configuration has changed, but not what virtual router it is about; the step is given the new one. */
export interface ConfigurationChanged {
  readonly kind: "configuration-changed";
  readonly previous: VrrpInstanceModel;
}

/** The machine was suspended for so long, which its monotonic clock does not show: whatever was heard or sent was so much earlier. */
export interface Suspended {
  readonly kind: "suspended";
  readonly length: Milliseconds;
}

/** Another member of the sync group has become master. */
export interface GroupBecameMaster {
  readonly kind: "group-became-master";
  readonly member: string;
}

/** Another member of the sync group has yielded. */
export interface GroupLeftMaster {
  readonly kind: "group-left-master";
  readonly member: string;
}

/** The instance ends for good. */
export interface Shutdown {
  readonly kind: "shutdown";
  readonly reason: string;
  /** It is no longer configured. */
  readonly removed?: true;
}

/** Everything that happens to a VRRP instance. */
export type InstanceEvent =
  | Startup
  | Resume
  | EnvironmentChanged
  | AdvertisementHeard
  | AdvertisementSent
  | AdvertisementLeft
  | TakeoverRefused
  | Deadline
  | Suspended
  | AddressClaimed
  | PriorityChanged
  | ConfigurationChanged
  | GroupBecameMaster
  | GroupLeftMaster
  | Shutdown;
