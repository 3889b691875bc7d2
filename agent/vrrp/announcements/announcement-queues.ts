// The announcements that wait for their turn where a pace is configured: one queue for each interface or group of interfaces, and for each of
// gratuitous ARP and neighbour advertisements. Where there is none, nothing waits here.

import type { Family } from "../../base/address.ts";
import type { Instant, Milliseconds } from "../../base/duration.ts";
import type { VrrpGeneralModel } from "../../config/vrrp-general-model.ts";
import { PacedQueue } from "../core/announcing/paced-queue.ts";

/** Where an announcement leaves, and of which kind it is. */
export interface Leaving {
  readonly linkName: string;
  readonly family: Family;
}

type Paces = Pick<VrrpGeneralModel, "garpInterval" | "gnaInterval" | "garpGroups">;

/** All that waits. */
export class AnnouncementQueues<T extends Leaving> {
  #paces: Paces | undefined;
  #queues = new Map<string, PacedQueue<T>>();

  /** Takes in the configured paces; what waits goes on waiting by the new ones. */
  setPaces({ garpInterval, gnaInterval, garpGroups }: Paces): void {
    const paces = { garpInterval, gnaInterval, garpGroups };
    if (JSON.stringify(paces) === JSON.stringify(this.#paces)) return;
    const waiting = [...this.#queues.values()].flatMap((queue) => queue.waiting());
    this.#paces = paces;
    this.#queues = new Map();
    for (const one of waiting) (this.#queueOf(one) ?? this.#atOnce()).add([one]);
  }

  /** Puts an announcement into its queue; false when there is no pace to keep. */
  add(announcement: T): boolean {
    const queue = this.#queueOf(announcement);
    queue?.add([announcement]);
    return queue !== undefined;
  }

  /** Takes out what is no longer true. */
  drop(isUntrue: (announcement: T) => boolean): void {
    for (const queue of this.#queues.values()) queue.drop(isUntrue);
  }

  /** When the next may leave; undefined when nothing waits. */
  nextDeadline(): Instant | undefined {
    let first: Instant | undefined;
    for (const queue of this.#queues.values()) {
      const at = queue.nextDeadline();
      if (at !== undefined && (first === undefined || at < first)) first = at;
    }
    return first;
  }

  /** Those that may leave now. */
  take(now: Instant): readonly T[] {
    return [...this.#queues.values()].flatMap((queue) => queue.take(now));
  }

  #queueOf({ linkName, family }: Leaving): PacedQueue<T> | undefined {
    const { name, pace } = paceOf(this.#paces, linkName, family);
    return pace === 0 ? undefined : this.#queueNamed(`${name} ${family}`, pace);
  }

  /** For what was waiting where no pace is kept any more. */
  #atOnce(): PacedQueue<T> {
    return this.#queueNamed("at once", leastPace);
  }

  #queueNamed(key: string, pace: Milliseconds): PacedQueue<T> {
    const queue = this.#queues.get(key) ?? new PacedQueue<T>(pace);
    this.#queues.set(key, queue);
    return queue;
  }
}

/** As fast as a queue can. */
const leastPace = 0.001 as Milliseconds;

/** The pace of an interface, and the name under which it is kept. */
function paceOf(
  paces: Paces | undefined,
  linkName: string,
  family: Family,
): { readonly name: string; readonly pace: Milliseconds | 0 } {
  const group = paces?.garpGroups.findIndex(({ interfaces }) => interfaces.includes(linkName)) ?? -1;
  const own = paces?.garpGroups[group] ?? paces;
  const pace = family === "ipv4" ? own?.garpInterval : own?.gnaInterval;
  return { name: group < 0 ? `interface ${linkName}` : `group ${group}`, pace: pace ?? 0 };
}
