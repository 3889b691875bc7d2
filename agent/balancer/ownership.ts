// Which services of the kernel's table are the agent's. A service is ours from the moment its key is written down, which is before it
// is created: whatever kills the process in between, the next one finds a note of everything that it may have to remove. All other services
// are somebody else's and are never touched.

import { codeOf, messageOf, OperationError } from "../base/errors.ts";
import { type ServiceKey, serviceKeyText } from "../kernel/ipvs.ts";

/** Where the keys are written down. The note must live exactly as long as the kernel's table: until the machine starts anew. */
export interface OwnedServices {
  /** The keys that were saved last; none when nothing was ever saved. */
  load(): readonly ServiceKey[];
  /** Replaces all keys; durable against the death of any process when it returns. Throws when it cannot. */
  save(keys: readonly ServiceKey[]): void;
}

/** What is ours, as this process knows it, kept in step with what is written down. */
export class Ownership {
  readonly #store: OwnedServices;
  #keys: ReadonlyMap<string, ServiceKey> | undefined;

  constructor(store: OwnedServices) {
    this.#store = store;
  }

  /** The keys as text with the keys themselves; read from the store the first time. */
  get keys(): ReadonlyMap<string, ServiceKey> {
    this.#keys ??= byText(this.#store.load());
    return this.#keys;
  }

  /** Claims further services, before they are created. Throws an OperationError when that cannot be written down. */
  claim(keys: Iterable<ServiceKey>): void {
    const fresh = [...byText(keys)].filter(([key]) => !this.keys.has(key));
    if (fresh.length > 0) this.#write(new Map([...this.keys, ...fresh]));
  }

  /** Gives up all services but these, after they were removed. Throws as `claim`. */
  keepOnly(keys: Iterable<ServiceKey>): void {
    const kept = byText(keys);
    if (kept.size !== this.keys.size || [...kept.keys()].some((key) => !this.keys.has(key))) this.#write(kept);
  }

  /** Gives up these, after they were removed. Throws as `claim`. */
  giveUp(keys: Iterable<ServiceKey>): void {
    const kept = new Map(this.keys);
    for (const key of keys) kept.delete(serviceKeyText(key));
    this.#write(kept);
  }

  #write(keys: ReadonlyMap<string, ServiceKey>): void {
    try {
      this.#store.save([...keys.values()]);
    } catch (error) {
      const cause = { code: codeOf(error) ?? "EIO", text: messageOf(error) };
      throw new OperationError({ operation: "write down", object: "which services are the agent's", cause });
    }
    this.#keys = keys;
  }
}

function byText(keys: Iterable<ServiceKey>): ReadonlyMap<string, ServiceKey> {
  return new Map([...keys].map((key) => [serviceKeyText(key), key]));
}
