// What an advertisement says otherwise than we would: its addresses, its interval, its version. None of it decides an election (keepalived
// before 2.3.3 drops other addresses, which makes two masters), but a pair whose halves disagree is configured wrongly.

import type { IpAddress } from "../../../base/address.ts";
import { formatDuration, milliseconds, seconds } from "../../../base/duration.ts";
import type { VrrpInstanceModel } from "../../../config/model.ts";
import type { Advertisement } from "./advertisement.ts";
import type { PacketRule } from "./received-packet.ts";

/** The differences of an accepted advertisement, as sentences; none when it says what we would. */
export function differencesOf(advertisement: Advertisement, config: VrrpInstanceModel): readonly string[] {
  return [...intervalDifference(advertisement, config), ...addressDifferences(advertisement.addresses, config)];
}

/** The differences that have got an advertisement refused; undefined when it was for another reason. */
export function differencesOfRefused(
  payload: Uint8Array,
  rule: PacketRule,
  { version, advertisementInterval }: VrrpInstanceModel,
): readonly string[] | undefined {
  if (rule === "version differs") return [`version ${(payload[0] ?? 0) >> 4}, ours is ${version}`];
  if (rule !== "advertisement interval differs") return undefined;
  const interval = seconds(payload[5] ?? 0);
  return [`interval ${formatDuration(interval)}, ours is ${formatDuration(advertisementInterval)}`];
}

function intervalDifference(
  { interval }: Advertisement,
  { advertisementInterval }: VrrpInstanceModel,
): readonly string[] {
  // Compared as it is sent: in hundredths of a second.
  if (Math.round(interval / 10) === Math.round(advertisementInterval / 10)) return [];
  const shown = formatDuration(milliseconds(interval));
  return [`interval ${shown}, ours is ${formatDuration(advertisementInterval)}`];
}

/** The order does not count: people write it as they like. */
function addressDifferences(theirs: readonly IpAddress[], { virtualAddresses }: VrrpInstanceModel): readonly string[] {
  const ours = virtualAddresses.flatMap(({ address, excluded }) => (excluded === true ? [] : [address]));
  const missing = ours.filter((address) => !theirs.includes(address));
  const extra = theirs.filter((address) => !ours.includes(address));
  return [
    ...(missing.length > 0 ? [`without ${listed(missing)}`] : []),
    ...(extra.length > 0 ? [`with ${listed(extra)}`] : []),
  ];
}

/** A few are enough to see what is wrong. */
function listed(addresses: readonly IpAddress[]): string {
  const more = addresses.length - mostListed;
  return `${addresses.slice(0, mostListed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

const mostListed = 4;
