import type { VrrpInstanceModel } from "../../config/model.ts";
import type { Link } from "../../kernel/links.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";

/**
 * The link that the instance advertises and listens on: that of its virtual MAC unless it advertises on the one below. The kernel hands frames that come from
 * the virtual MAC (another director is master) to that link only, so who shares it must listen there.
 */
export function advertisingLink(
  { virtualLink }: VrrpInstanceModel,
  own: Link,
  network: ObservedNetwork,
): Link | undefined {
  if (virtualLink === undefined) return own;
  const holder = network.linkNamed(virtualLink.interface);
  return holder === undefined || !virtualLink.advertisesOnParent ? holder : own;
}
