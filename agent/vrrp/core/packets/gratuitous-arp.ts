import { addressBytes, type IpAddress } from "../../../base/address.ts";
import { arpFrame, arpOperations, broadcast } from "./arp.ts";

/**
 * The Ethernet frame that tells everybody on the segment where an IPv4 address now lives (RFC 826; RFC 9568, section 6.4.2), with the virtual
 * address as sender and as target. As a request, which keepalived sends, its target hardware address is broadcast, as in keepalived's frames;
 * as a reply it is the sender's own (RFC 5944, section 4.6). Some hosts and switches take note of the one only, some of the other.
 */
export function gratuitousArp(
  hardwareAddress: Uint8Array,
  address: IpAddress,
  operation: "request" | "reply" = "request",
): Uint8Array {
  const virtualAddress = addressBytes(address);
  return arpFrame(broadcast, {
    operation: arpOperations[operation],
    senderHardware: hardwareAddress,
    sender: virtualAddress,
    targetHardware: operation === "request" ? broadcast : hardwareAddress,
    target: virtualAddress,
  });
}
