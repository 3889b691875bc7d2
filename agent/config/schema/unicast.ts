// Advertisements to peers one by one instead of a multicast group, and the further ways that they may take.

import * as z from "zod";
import { address } from "./address.ts";
import { says } from "./says.ts";
import { integer, interfaceName } from "./scalar.ts";

const peerFields = z.strictObject({
  address: address().register(...says("The peer's address.")),
  minTtl: integer(0, 255)
    .optional()
    .register(...says("The least time to live (hop limit) of its advertisements (min_ttl).")),
  maxTtl: integer(0, 255)
    .optional()
    .register(...says("The most time to live (hop limit) of its advertisements (max_ttl).")),
});

/** A unicast peer: an object, or just its address. */
export const unicastPeerSchema = z.codec(z.unknown(), peerFields, {
  decode: (value) => (typeof value === "string" ? { address: value } : (value as { address: string })),
  encode: (value) => (Object.values(value).filter((one) => one !== undefined).length === 1 ? value.address : value),
});

/** A unicast peer of a document that is well formed. */
export type UnicastPeerSettings = z.infer<typeof peerFields>;

/** Unicast instead of multicast. */
export const unicastSchema = z.strictObject({
  peers: z
    .array(unicastPeerSchema)
    .default([])
    .register(
      ...says(
        "The other directors of the virtual router (unicast_peer). With none of them advertisements are multicast.",
      ),
    ),
  ttl: integer(1, 255)
    .default(255)
    .register(...says("The time to live (hop limit) of advertisements to peers (unicast_ttl).")),
  checkSource: z
    .boolean()
    .optional()
    .register(
      ...says(
        "Whether to refuse advertisements from others than the peers (check_unicast_src); unless given, if a peer has a min_ttl or max_ttl.",
      ),
    ),
  faultWithoutPeers: z
    .boolean()
    .default(false)
    .register(
      ...says("Whether an instance without peers is in fault instead of multicasting (unicast_fault_no_peer)."),
    ),
});

/** A further way for advertisements. */
export const heartbeatPathSchema = z.strictObject({
  interface: interfaceName().register(...says("The interface that advertisements are sent and received on as well.")),
  sourceAddress: address()
    .optional()
    .register(...says("Their source; the interface's primary address unless given.")),
  multicastGroup: address()
    .optional()
    .register(...says("Their destination; that of the instance unless given.")),
  peers: z
    .array(unicastPeerSchema)
    .default([])
    .register(...says("Peers to send to one by one, instead of a group.")),
});
