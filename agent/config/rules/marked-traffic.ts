import { familyOf } from "../../base/address.ts";
import type { Finding } from "../issue.ts";
import { serviceFamily } from "../resolve-service.ts";
import type { VirtualServerSettings } from "../schema/settings.ts";
import { breach } from "./breach.ts";
import type { Entry } from "./entries.ts";

/** Packets are marked for one mark, and are of its family. */
export function markedTraffic({ path, value }: Entry<VirtualServerSettings>): Finding[] {
  const at = [...path, "markedTraffic"];
  if (value.markedTraffic.length === 0) return [];
  if (value.firewallMark === undefined)
    return [breach(at, "goes with firewall_mark: there is no mark to give", "firewall_mark as well")];
  const family = serviceFamily(value);
  return value.markedTraffic.flatMap(({ address }, index) =>
    familyOf(address.first) === family
      ? []
      : [breach([...at, index, "address"], `${address.first} is not ${family}`, `an ${family} address, or family`)],
  );
}
