// Explanations, to the wire.

import type { Explanation as DomainExplanation } from "../explain/explain.ts";
import type { Explanation } from "../gen/vipward/v1/explain.pb.ts";
import { eventOf } from "./event.ts";
import { overrideOf } from "./override.ts";
import { checkerStateOf, instanceStateOf, virtualServerStateOf } from "./state.ts";

/** An explanation on the wire. */
export function explainedOf(explanation: DomainExplanation): Explanation {
  const { kind, name, answer, because, remedies, instance, virtualServer } = explanation;
  return {
    ...{ kind, name, answer, because: [...because], remedies: [...remedies] },
    vrrpInstance: instance && instanceStateOf(instance),
    virtualServer: virtualServer && virtualServerStateOf(virtualServer),
    checkers: explanation.checkers.map(checkerStateOf),
    overrides: explanation.overrides.map(overrideOf),
    events: explanation.events.map(eventOf),
  };
}
