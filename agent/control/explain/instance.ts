// Why a VRRP instance is in its state.

import { rowNamed } from "../../vrrp/core/transition-table.ts";
import type { InstanceView, TrackerView } from "../../vrrp/view.ts";
import { effectText, type Override } from "../overrides/override.ts";
import { overrideRemedy, overrideSentence } from "./override-sentence.ts";
import type { Reasoning } from "./reasoning.ts";

/** The instance's state with what led to it. */
export function explainInstance(instance: InstanceView, overrides: readonly Override[]): Reasoning {
  const down = (instance.trackers ?? []).filter(({ up }) => !up);
  const missing = instance.virtualAddresses.filter(({ held }) => held !== (instance.state === "master"));
  return {
    answer: `${instance.name} is ${instance.state}: ${instance.reason}`,
    because: [
      ...ruleSentences(instance),
      ...prioritySentences(instance, overrides),
      ...down.map(trackerSentence),
      ...overrides.map(overrideSentence),
      ...missing.map(({ address, held, interface: link }) =>
        held
          ? `${address} is on ${link} although the instance is not master`
          : `${address} is not on ${link} although the instance is master`,
      ),
      ...(instance.heartbeatPaths ?? [])
        .filter(({ open }) => !open)
        .map((path) => `its heartbeat path ${path.interface} cannot be used`),
      ...(instance.peerDifferences ?? []).map(({ peer, differences }) => `${peer} differs: ${differences.join("; ")}`),
      ...(instance.explanation === undefined ? [] : [instance.explanation.forecast]),
    ],
    remedies: [
      ...(instance.state === "fault" ? down : down.filter(({ weight }) => weight !== 0)).map(
        ({ kind, name }) => `bring ${kind} ${name} up, or take it out of what ${instance.name} tracks`,
      ),
      ...(instance.peerDifferences ?? []).map(({ peer }) => `configure ${peer} and this director alike`),
      ...overrides.map(overrideRemedy),
    ],
  };
}

function ruleSentences({ explanation, masterAddress, masterPriority, state }: InstanceView): readonly string[] {
  const { row = "", packet } = explanation ?? {};
  const { section, does } = rowNamed(row);
  return [
    ...(row === "" ? [] : [`by row "${row}" (${section}): ${does}`]),
    ...(packet === undefined ? [] : [`${packet.address} advertised priority ${packet.priority}`]),
    ...(state === "backup" && masterAddress !== undefined
      ? [`${masterAddress} is master${masterPriority === undefined ? "" : ` with priority ${masterPriority}`}`]
      : []),
  ];
}

function prioritySentences(
  { priority, effectivePriority }: InstanceView,
  overrides: readonly Override[],
): readonly string[] {
  if (priority === effectivePriority && overrides.length === 0) return [`its priority is ${priority}, as configured`];
  const cause = overrides.find(({ effect }) => effect.kind === "priority" || effect.kind === "backup");
  const why = cause === undefined ? "by what it tracks" : `by the override ${effectText(cause.effect)}`;
  return [`its priority is ${effectivePriority}, where ${priority} is configured: ${why}`];
}

function trackerSentence({ kind, name, weight, reason }: TrackerView): string {
  const counts = weight === 0 ? "which is a fault" : `which counts ${weight}`;
  return `tracked ${kind} ${name} ${reason}, ${counts}`;
}
