// Overrides: what an operator sets aside for a while without touching the configuration. Types and their words.

import type { LogLevel } from "../../base/log.ts";
import type { RealServerModel } from "../../config/model.ts";
import type { ProcessRole } from "../../events/event.ts";

/** What an override is about. */
export type OverrideTarget =
  | { readonly kind: "vrrp-instance"; readonly instance: string }
  | { readonly kind: "real-server"; readonly virtualServer: string; readonly realServer: string }
  | { readonly kind: "virtual-server"; readonly virtualServer: string }
  | { readonly kind: "node" }
  | { readonly kind: "checker"; readonly checker: string }
  | { readonly kind: "process"; readonly role: ProcessRole };

/** What holds instead of the configuration. */
export type OverrideEffect =
  | { readonly kind: "priority"; readonly priority: number }
  /** The instance gives mastership away: until `releasedAt` (Unix milliseconds) it takes no part, then it stays behind everybody else. */
  | { readonly kind: "backup"; readonly releasedAt: number }
  | { readonly kind: "weight"; readonly weight: number }
  /** Weight 0: connections that there are go on, and no new ones come. */
  | { readonly kind: "drain" }
  /** It is not configured any more, and stays with weight 0 until its connections have ended: as it was. `floor`: so many may be left. */
  | { readonly kind: "leave"; readonly realServer: RealServerModel; readonly floor: number }
  | { readonly kind: "pause" }
  /** What a process logs; it concerns no configuration. */
  | { readonly kind: "log-level"; readonly level: LogLevel };

/** An override. Times are Unix milliseconds. */
export interface Override {
  /** Its target and what it does: there is one of a kind for each target. */
  readonly id: string;
  readonly target: OverrideTarget;
  readonly effect: OverrideEffect;
  readonly author: string;
  readonly reason: string;
  readonly createdAt: number;
  /** When it ends by itself. */
  readonly until: number;
}

/** What an override is known by. */
export function overrideId(target: OverrideTarget, effect: OverrideEffect): string {
  return `${effect.kind} ${targetText(target)}`;
}

/** The target as people know it. */
export function targetText(target: OverrideTarget): string {
  switch (target.kind) {
    case "vrrp-instance":
      return target.instance;
    case "real-server":
      return `${target.virtualServer} -> ${target.realServer}`;
    case "virtual-server":
      return target.virtualServer;
    case "node":
      return "node";
    case "checker":
      return target.checker;
    case "process":
      return target.role;
  }
}

/** What it does, as people say it. */
export function effectText(effect: OverrideEffect): string {
  switch (effect.kind) {
    case "priority":
      return `priority ${effect.priority}`;
    case "weight":
      return `weight ${effect.weight}`;
    case "log-level":
      return `log level ${effect.level}`;
    case "backup":
    case "drain":
    case "leave":
    case "pause":
      return effect.kind;
  }
}
