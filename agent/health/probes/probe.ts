// The contract of every probe: one attempt, bounded by its model's timeout (connecting, asking and reading together), that resolves exactly
// once, never rejects, never outlives its deadline, and has given back its socket when it resolves. Aborting ends it at once;
// what it resolves to then is of no interest. Probes decide nothing: how many failures matter is the checker's business.

import type { HttpProbeModel, ProbeModel, TcpProbeModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";

/** One attempt of one kind of probe. */
export type Probe<Model extends ProbeModel = ProbeModel> = (model: Model, signal: AbortSignal) => Promise<ProbeOutcome>;

/** One probe for each kind in the configuration. */
export interface Probes {
  readonly tcp: Probe<TcpProbeModel>;
  readonly http: Probe<HttpProbeModel>;
}

/** Makes the attempt that the model asks for. */
export function attempt(probes: Probes, model: ProbeModel, signal: AbortSignal): Promise<ProbeOutcome> {
  switch (model.kind) {
    case "tcp":
      return probes.tcp(model, signal);
    case "http":
      return probes.http(model, signal);
  }
}
