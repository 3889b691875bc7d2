// Plays a takeover on a stage: a driver like the real one, but with an interface, sockets and a clock that do not exist. What it does has no
// effect, and leaves the code of the takeover where the real one will need it at once: parsed, in memory, and not thrown away as unused. An
// engine forgets code that has not run for some seconds, and a backup may wait for years.

import { ip } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import { after, elapsed, type Instant, instant, milliseconds, seconds } from "../../base/duration.ts";
import { silentLog } from "../../base/log.ts";
import type { VrrpInstanceModel, VrrpModel } from "../../config/model.ts";
import type { ReportEvent } from "../../events/event.ts";
import type { Link, LinksPort } from "../../kernel/links.ts";
import type { VrrpDriverOptions } from "../parts.ts";
import { noMemory } from "../resuming/resume-memory.ts";

/** Makes the driver that plays; of it, what a play needs. */
export type CreateDriver = (options: VrrpDriverOptions) => {
  configure(model: VrrpModel): void;
  stop(how: { readonly keep: boolean }): void;
};

/** The rehearsals of one process. */
export class Rehearsal {
  readonly #create: CreateDriver;
  readonly #clock: Clock;
  #playedAt: Instant | undefined;

  constructor(create: CreateDriver, clock: Clock) {
    this.#create = create;
    this.#clock = clock;
  }

  /** Plays a takeover of this instance if the last one is long enough ago, and no deadline comes before it is over. Gives whether it has. */
  playIfDue(config: VrrpInstanceModel, deadline: Instant | undefined): boolean {
    const now = this.#clock.now();
    if (this.#playedAt !== undefined && elapsed(this.#playedAt, now) < pause) return false;
    if (deadline !== undefined && deadline < after(now, longest)) return false;
    this.#playedAt = now;
    playTakeover(this.#create, config);
    return true;
  }
}

/** Well below the time after which the engine may forget code. */
const pause = milliseconds(1000);

/** What a rehearsal may take at most, the first one apart. */
const longest = milliseconds(2);

/** A driver starts, listens, takes over, advertises and ends, within no time. `onEvent` is for who wants to watch. */
export function playTakeover(create: CreateDriver, config: VrrpInstanceModel, onEvent: ReportEvent = () => {}): void {
  const time = { now: instant(0), wakeAt: instant(0), wake: () => {} };
  const driver = create({
    clock: { now: () => time.now, wall: () => 0, sinceBoot: () => none },
    createTimer: (onDeadline) => {
      time.wake = onDeadline;
      const arm = (at: Instant | undefined) => {
        time.wakeAt = at ?? time.now;
      };
      return { arm, close: () => {} };
    },
    links: stageFor(config),
    vrrpSockets: { open: () => ({ send: ({ length }) => length, close: () => {} }) },
    frames: { open: () => ({ send: () => {}, close: () => {} }) },
    neighbourWatches: { open: () => ({ setSenders: () => {}, close: () => {} }) },
    report: onEvent,
    log: silentLog,
    memory: noMemory,
    rehearses: false,
  });
  driver.configure({
    addressLease: seconds(10),
    general: atOnce,
    instances: [{ ...config, trackers: [], virtualAddresses: config.virtualAddresses.slice(0, 1) }],
  });
  for (let turn = 0; turn < mostTurns; turn += 1) {
    time.now = time.wakeAt;
    time.wake();
  }
  driver.stop({ keep: false });
}

/** The address check, the takeover, the watches that follow it, and an advertisement; two more for whatever comes between. */
const mostTurns = 6;

const none = milliseconds(0);

/** A play waits for nothing. */
const atOnce = { startupDelay: none, delayAfterBoot: none, garpInterval: none, gnaInterval: none, garpGroups: [] };

/** Interfaces as the instance needs them, on which nothing ever happens. */
function stageFor({ interface: name, virtualAddresses, sourceAddress, family }: VrrpInstanceModel): LinksPort {
  const names = [...new Set([name, ...virtualAddresses.slice(0, 1).map((address) => address.interface)])];
  const links: Link[] = names.map((one, index) => ({
    ...{ index: index + 1, name: one, up: true, running: true, mtu: 1500, hardwareAddress: new Uint8Array(6) },
  }));
  const address = sourceAddress ?? ip(family === "ipv4" ? "192.0.2.1" : "fe80::1");
  const own = { linkIndex: 1, address, prefixLength: 24, secondary: false, tentative: false, duplicate: false };
  return {
    links: () => links,
    link: (index) => links.find((one) => one.index === index),
    addresses: () => [own],
    putAddress: () => {},
    removeAddress: () => {},
    makeLink: () => 0,
    removeLink: () => {},
    watch: () => ({ close: () => {} }),
    close: () => {},
  };
}
