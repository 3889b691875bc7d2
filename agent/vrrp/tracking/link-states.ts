import type { Clock } from "../../base/clock.ts";
import type { Instant } from "../../base/duration.ts";
import type { InterfaceDelayModel } from "../../config/model.ts";
import type { Link } from "../../kernel/links.ts";
import { delayLink, type LinkDelay } from "../core/tracking/link-delay.ts";

/** The links as they count: where delays are configured, a change has to last. */
export class LinkStates {
  readonly #clock: Clock;
  #delays = new Map<string, InterfaceDelayModel>();
  readonly #states = new Map<string, LinkDelay>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the delays of a configuration. Links keep how they count. */
  configure(delays: readonly InterfaceDelayModel[]): void {
    this.#delays = new Map(delays.map((delay) => [delay.interface, delay]));
    for (const name of this.#states.keys()) if (!this.#delays.has(name)) this.#states.delete(name);
  }

  /** The link as it counts. One that does not exist is nothing to wait for. */
  settled(link: Link | undefined): Link | undefined {
    const delay = link && this.#delays.get(link.name);
    if (link === undefined || delay === undefined) return link;
    const state = delayLink(this.#states.get(link.name), link.up && link.running, delay, this.#clock.now());
    this.#states.set(link.name, state);
    return { ...link, up: state.up, running: state.up };
  }

  /** When the first of them changes by having lasted. */
  nextDeadline(): Instant | undefined {
    let first: Instant | undefined;
    for (const { changesAt } of this.#states.values())
      if (changesAt !== undefined && (first === undefined || changesAt < first)) first = changesAt;
    return first;
  }
}
