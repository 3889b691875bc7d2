// What checkers make of the weights of their real servers: of most of them nothing.

import type { CheckerMemory } from "../balancer/view.ts";
import type { CheckerModel, RealServerModel } from "../config/model.ts";
import type { WeightEffect } from "./core/probe-outcome.ts";
import { effectiveWeight } from "./core/weight.ts";

/** What the last attempt of each checker that said anything made of a weight. It holds until it says something else. */
export class Weights {
  readonly #effects = new Map<string, WeightEffect>();

  /** What a real server weighs now. */
  readonly of = ({ weight, checkers }: RealServerModel): number =>
    this.#effects.size === 0 ? weight : effectiveWeight(weight, this.#effectsOf(checkers));

  effectOf(checker: string): WeightEffect | undefined {
    return this.#effects.get(checker);
  }

  /** Whether the checker says something else than before. */
  note(checker: string, effect: WeightEffect): boolean {
    const before = this.#effects.get(checker);
    this.#effects.set(checker, effect);
    return before === undefined || numberIn(before) !== numberIn(effect) || before.kind !== effect.kind;
  }

  /** Takes what checkers said before this process; what they have said since is newer. */
  recall(memory: readonly CheckerMemory[], isRunning: (checker: string) => boolean): void {
    for (const { id, weight } of memory) if (weight !== undefined && !isRunning(id)) this.#effects.set(id, weight);
  }

  /** These checkers are there; what others said is forgotten. */
  keepOnly(isRunning: (checker: string) => boolean): void {
    for (const id of this.#effects.keys()) if (!isRunning(id)) this.#effects.delete(id);
  }

  *#effectsOf(checkers: readonly CheckerModel[]): Generator<WeightEffect> {
    for (const { id } of checkers) {
      const effect = this.#effects.get(id);
      if (effect !== undefined) yield effect;
    }
  }
}

function numberIn(effect: WeightEffect): number {
  return effect.kind === "percent" ? effect.percent : effect.weight;
}
