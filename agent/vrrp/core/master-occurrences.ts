// Which row of its table a master takes: what an advertisement, a claim, a deadline or a change around it comes to.

import { compareAddresses } from "../../base/address.ts";
import { elapsed, type Instant, type Milliseconds, seconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { missingOccurrence } from "./fault-rows.ts";
import { ownerPriority } from "./initialize-rows.ts";
import type { AddressClaimed, AdvertisementHeard, EnvironmentChanged, Suspended } from "./instance-event.ts";
import type { Master } from "./instance-state.ts";
import { longestSilence } from "./timers.ts";
import type { Context } from "./transition.ts";

/** What may happen to a master, as its table has it. */
export type MasterOccurrence =
  | "priority 0 heard"
  | "higher priority heard"
  | "higher priority heard, answering"
  | "equal priority heard from a higher address"
  | "equal priority heard from a higher address, answering"
  | "equal priority heard from a lower address"
  | "equal priority heard from a lower address, not answering"
  | "another address owner heard from a higher address"
  | "another address owner heard from a lower address"
  | "advertisement ignored by the address owner"
  | "own packet heard"
  | "lower priority heard"
  | "lower priority heard, not answering"
  | "advertisement sent"
  | "advertisement left"
  | "advertisement deadline"
  | "announcement deadline"
  | "refresh deadline"
  | "extra announcement deadline"
  | "probe deadline"
  | "no deadline has come"
  | "silent for longer than the master down interval"
  | "address claimed by somebody else"
  | "address claimed by somebody else, reported already"
  | "address claimed by the master before"
  | "suspended for a moment"
  | "suspended for longer than the master down interval"
  | "interface missing"
  | "link down"
  | "ownership missing"
  | "source address missing"
  | "socket missing"
  | "tracker failed"
  | "sync group in fault"
  | "sync group left master"
  | "key missing"
  | "unicast peers missing"
  | "nothing missing"
  | "priority changed"
  | "configuration changed"
  | "shutdown"
  | "anything else";

/** Whether the wire has taken no advertisement for so long that another router may have taken over. */
export function isLate(state: Master, config: VrrpInstanceModel, now: Instant): boolean {
  return elapsed(state.lastAdvertisementAt, now) > silenceOf(state, config);
}

/** How long this master may be silent before one of the others takes over. */
export function silenceOf({ strongest }: Master, config: VrrpInstanceModel): Milliseconds {
  return longestSilence(config, strongest?.priority);
}

/** What somebody else's claim of an address is. */
export function claimedOccurrence({ since, claims }: Master, claimed: AddressClaimed, { config, now }: Context) {
  if (elapsed(since, now) < config.advertisementInterval) return "address claimed by the master before";
  const before = claims.get(claimKey(claimed));
  return before !== undefined && elapsed(before, now) < claimPause
    ? "address claimed by somebody else, reported already"
    : "address claimed by somebody else";
}

/** Its own advertisements are older by the suspension than the clock says. */
export function suspendedOccurrence(state: Master, { length }: Suspended, { config, now }: Context) {
  return elapsed(state.lastAdvertisementAt, now) + length > silenceOf(state, config)
    ? "suspended for longer than the master down interval"
    : "suspended for a moment";
}

/** What an advertisement is. */
export function heardOccurrence(state: Master, heard: AdvertisementHeard, { config }: Context) {
  const { priority } = heard;
  if (config.priority === ownerPriority && config.ownerIgnoreAdverts)
    return "advertisement ignored by the address owner";
  if (priority === 0) return "priority 0 heard";
  if (priority > config.priority)
    return config.higherPrioSendAdvert ? "higher priority heard, answering" : "higher priority heard";
  if (priority < config.priority)
    return config.lowerPrioNoAdvert ? "lower priority heard, not answering" : "lower priority heard";
  return equalOccurrence(compareAddresses(heard.source, heard.against ?? state.source), config);
}

/** Between equal priorities the addresses decide; `difference` is above 0 when the other's is the higher one. */
function equalOccurrence(
  difference: number,
  { priority, higherPrioSendAdvert, lowerPrioNoAdvert }: VrrpInstanceModel,
): MasterOccurrence & `${string} heard${string}` {
  if (difference === 0) return "own packet heard";
  if (priority === ownerPriority)
    return difference > 0
      ? "another address owner heard from a higher address"
      : "another address owner heard from a lower address";
  if (difference > 0)
    return higherPrioSendAdvert
      ? "equal priority heard from a higher address, answering"
      : "equal priority heard from a higher address";
  return lowerPrioNoAdvert
    ? "equal priority heard from a lower address, not answering"
    : "equal priority heard from a lower address";
}

/** Which deadline has come. */
export function deadlineOccurrence({ advertiseAt, announceAt, refreshAt, extraAt, probeAt }: Master, { now }: Context) {
  if (advertiseAt <= now) return "advertisement deadline";
  if (announceAt !== undefined && announceAt.at <= now) return "announcement deadline";
  if (refreshAt !== undefined && refreshAt <= now) return "refresh deadline";
  if (extraAt !== undefined && extraAt <= now) return "extra announcement deadline";
  return probeAt !== undefined && probeAt <= now ? "probe deadline" : "no deadline has come";
}

/** What is missing, or that nothing is. */
export function environmentOccurrence({ environment }: EnvironmentChanged) {
  return environment.ready ? "nothing missing" : missingOccurrence[environment.missing];
}

/** Whose claim of what: the same is not reported again and again. */
export function claimKey({ address, hardwareAddress }: AddressClaimed): string {
  return `${address.address} ${hardwareAddress}`;
}

/** The same claim is reported again after this long. */
export const claimPause = seconds(60);
