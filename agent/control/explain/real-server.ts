// Why a real server is in or out.

import type { CheckerView, RealServerView, VirtualServerView } from "../../balancer/view.ts";
import type { Override } from "../overrides/override.ts";
import { checkerSentence } from "./checker.ts";
import { overrideRemedy, overrideSentence } from "./override-sentence.ts";
import type { Reasoning } from "./reasoning.ts";
import { quorumSentences } from "./virtual-server.ts";

/** A real server with what decides about it. */
export interface RealServerFacts {
  readonly server: VirtualServerView;
  readonly realServer: RealServerView;
  readonly checkers: readonly CheckerView[];
  readonly overrides: readonly Override[];
}

/** The real server's state with what led to it. */
export function explainRealServer(facts: RealServerFacts): Reasoning {
  const { server, realServer, checkers, overrides } = facts;
  const { name, up, reason } = realServer;
  const failing = checkers.filter(({ state }) => state === "down");
  return {
    answer: `${name} of ${server.name} is ${up ? "up" : "down"}: ${reason}`,
    because: [
      ...(checkers.length === 0 ? ["it has no checkers and counts as up"] : []),
      ...[...failing, ...checkers.filter(({ state }) => state !== "down")].map(checkerSentence),
      weightSentence(realServer),
      ...(server.present ? [] : [`the kernel does not have the service ${server.service}`]),
      ...overrides.map(overrideSentence),
      ...quorumSentences(server),
    ],
    remedies: [...failing.map(remedyOf), ...overrides.map(overrideRemedy)],
  };
}

function weightSentence({ weight, configuredWeight, up }: RealServerView): string {
  const configured = weight === configuredWeight ? "" : `, where ${configuredWeight} is configured`;
  if (weight !== undefined) return `the kernel has it with weight ${weight}${configured}`;
  return up ? "the kernel does not have it although it is up" : "the kernel does not have it";
}

/** What was seen last says what to look at. */
function remedyOf({ id, probe, lastProbe }: CheckerView): string {
  const seen = lastProbe === undefined || lastProbe.passed ? "" : ` (${lastProbe.detail})`;
  return `see that ${probe} answers as configured${seen}, then: have checker ${id} probe at once (RunChecker)`;
}
