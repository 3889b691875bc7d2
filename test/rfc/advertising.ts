// What the tests that follow the RFCs share: an instance, its state, and steps that mention only what matters.

import { ip } from "../../agent/base/address.ts";
import { type Instant, instant, seconds } from "../../agent/base/duration.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import type { Effect } from "../../agent/vrrp/core/effect.ts";
import { step } from "../../agent/vrrp/core/instance.ts";
import type { InstanceEvent } from "../../agent/vrrp/core/instance-event.ts";
import { type InstanceState, initialize, nextDeadline } from "../../agent/vrrp/core/instance-state.ts";
import { instanceModel, usualGratuitousArp } from "../support/vrrp-defaults.ts";

/** The address that our router sends from. */
export const ownAddress = ip("192.0.2.10");

/** A virtual router with one address, priority 100, every second. */
export function router(other: Partial<VrrpInstanceModel> = {}): VrrpInstanceModel {
  return instanceModel({
    ...{ name: "r", virtualRouterId: 1, advertisementInterval: seconds(1), gratuitousArp: usualGratuitousArp(1) },
    virtualAddresses: [{ address: ip("192.0.2.1"), prefixLength: 24, interface: "eth0" }],
    ...other,
  });
}

/** A router that lives through events; `now` is in milliseconds since its startup. */
export class Life {
  readonly config: VrrpInstanceModel;
  state: InstanceState = initialize;
  /** What the last event has led to, without reports. */
  effects: readonly Exclude<Effect, { kind: "report" }>[] = [];
  now: Instant = instant(0);

  constructor(other: Partial<VrrpInstanceModel> = {}) {
    this.config = router(other);
  }

  startup(): this {
    return this.on({ kind: "startup", environment: { ready: true, source: ownAddress } });
  }

  on(event: InstanceEvent): this {
    const { state, effects } = step(this.config, this.state, event, this.now);
    this.state = state;
    this.effects = effects.filter((effect) => effect.kind !== "report");
    const sent = effects.some((effect) => effect.kind === "send-advertisement" && effect.priority > 0);
    if (sent) this.state = step(this.config, this.state, { kind: "advertisement-sent" }, this.now).state;
    return this;
  }

  hears(priority: number, from = "192.0.2.20", interval = this.config.advertisementInterval): this {
    return this.on({ kind: "advertisement", source: ip(from), priority, interval });
  }

  /** Lets time pass to the next deadline, and calls it. */
  untilDeadline(): this {
    this.now = nextDeadline(this.state) ?? this.now;
    return this.on({ kind: "deadline" });
  }

  /** How long it is to the next deadline. */
  wait(): number | undefined {
    const next = nextDeadline(this.state);
    return next === undefined ? undefined : next - this.now;
  }

  /** The kinds of the last effects, in order; an advertisement with its priority. */
  did(): string[] {
    return this.effects.map((effect) =>
      effect.kind === "send-advertisement" ? `${effect.kind} ${effect.priority}` : effect.kind,
    );
  }
}

/** A router that has become master. */
export function master(other: Partial<VrrpInstanceModel> = {}): Life {
  return new Life(other).startup().untilDeadline();
}
