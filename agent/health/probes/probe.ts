// The contract of every probe: one attempt, bounded by its model's timeout (connecting, asking and reading together), that resolves exactly
// once, never rejects, never outlives its deadline, and has given back its socket when it resolves. Aborting ends it at once;
// what it resolves to then is of no interest. Probes decide nothing: how many failures matter is the checker's business.

import type { ProbeModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";

/** One attempt of one kind of probe. */
export type Probe<Model extends ProbeModel = ProbeModel> = (model: Model, signal: AbortSignal) => Promise<ProbeOutcome>;

/** One probe for each kind in the configuration. */
export type Probes = { readonly [Kind in ProbeModel["kind"]]: Probe<Extract<ProbeModel, { readonly kind: Kind }>> };

/** Makes the attempt that the model asks for. */
export function attempt(probes: Probes, model: ProbeModel, signal: AbortSignal): Promise<ProbeOutcome> {
  return (probes[model.kind] as Probe)(model, signal);
}
