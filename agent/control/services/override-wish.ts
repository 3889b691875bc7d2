// Who overrides something, why, for how long, and what they may touch: what every call that sets an override needs.

import { authorOf } from "../access/caller.ts";
import type { Admitted } from "../access/door.ts";
import { isInScope } from "../access/scope.ts";
import { CallError, granted } from "../call.ts";
import { termsOf } from "../convert/override.ts";
import type { Agent } from "../domain.ts";
import { refusalError } from "../errors.ts";
import type { OverrideTerms } from "../gen/vipward/v1/override.pb.ts";
import { serverNames } from "../merge.ts";
import type { OverrideWish } from "../overrides/overrides.ts";

/** Refuses who may touch some virtual servers only what concerns others, too. */
export function expectEverything({ scope }: Admitted, field: string): void {
  if (scope !== undefined) throw new CallError(refusalError({ kind: "outside-scope", fields: [field] }));
}

/** The wish of a caller. */
export async function wishOf(
  agent: Agent,
  given: OverrideTerms | undefined,
  { caller, scope }: Admitted,
): Promise<OverrideWish> {
  const { reason, forMs, said } = granted(termsOf(given));
  const wish = { author: authorOf(caller, said), reason, forMs };
  if (scope === undefined) return wish;
  const running = granted(await agent.getConfig(undefined)).settings.virtualServers;
  const names = new Set(running.filter((server) => isInScope(server, scope)).flatMap(serverNames));
  return { ...wish, mayTouch: (virtualServer) => names.has(virtualServer) };
}
