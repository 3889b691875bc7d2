// Which services of the kernel's table are the agent's. A service is ours from the moment its key is written down, which is before it
// is created: whatever kills the process in between, the next one finds a note of everything that it may have to remove. All other services
// are somebody else's and are never touched.

import type { ServiceKey } from "../kernel/ipvs.ts";

/** Where the keys are written down. The note must live exactly as long as the kernel's table: until the machine starts anew. */
export interface OwnedServices {
  /** The keys that were saved last; none when nothing was ever saved. */
  load(): readonly ServiceKey[];
  /** Replaces all keys; durable against the death of any process when it returns. Throws when it cannot. */
  save(keys: readonly ServiceKey[]): void;
}
