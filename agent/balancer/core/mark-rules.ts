// Which packets have to be marked for the virtual servers of a configuration.

import type { BalancerModel } from "../../config/model.ts";
import type { MarkRule } from "../../kernel/packet-marks.ts";

/** The rules of all virtual servers that say which packets get their mark, in their order. */
export function markRules({ virtualServers }: BalancerModel): readonly MarkRule[] {
  const rules: MarkRule[] = [];
  for (const { service, markedTraffic } of virtualServers) {
    if (markedTraffic === undefined || service.key.kind !== "mark") continue;
    const { mark, family } = service.key;
    for (const { addresses, protocol, ports } of markedTraffic) {
      const rule = { mark, family, protocol, addresses };
      if (ports.length === 0) rules.push(rule);
      for (const range of ports) rules.push({ ...rule, ports: range });
    }
  }
  return rules;
}
