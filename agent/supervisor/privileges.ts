// The rights that the agent needs, and the sentence for when they are missing.

import { capabilities } from "../kernel/linux/native.ts";

/** Capability numbers of linux/capability.h. */
const needed = { CAP_NET_ADMIN: 12, CAP_NET_RAW: 13 } as const;

/** What is missing of the rights without which nothing works, with the remedy; undefined when all are there. */
export function missingRights(): string | undefined {
  const { effective } = capabilities();
  const missing = Object.entries(needed).filter(([, number]) => ((effective >> BigInt(number)) & 1n) === 0n);
  if (missing.length === 0) return undefined;
  const names = missing.map(([name]) => name).join(" and ");
  return `the agent needs ${names}: run it as root, or give its unit AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_NICE CAP_IPC_LOCK`;
}
