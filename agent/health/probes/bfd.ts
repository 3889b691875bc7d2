// The BFD probe (keepalived's BFD_CHECK): what the vrrp process says of a session. A session that is new is given its time; one of which nothing
// is known, because the vrrp process is away, is no verdict.

import type { SessionReading } from "../../bfd/view.ts";
import type { BfdProbeModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import type { Probe } from "./probe.ts";
import { aborted } from "./stream.ts";

/** What is known of BFD sessions, and whoever wants to be told of any change. */
export interface BfdSessions {
  reading(session: string): SessionReading | undefined;
  /** The returned function takes the wish back. */
  onChange(listener: (session: string) => void): () => void;
}

/** Where nobody knows of sessions. */
export const noSessions: BfdSessions = { reading: () => undefined, onChange: () => () => {} };

/** Looks at what is known, and waits until it is. */
export function bfdProbe(sessions: BfdSessions): Probe<BfdProbeModel> {
  return ({ session, timeout }, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve(aborted);
      const known = outcomeOf(sessions.reading(session));
      if (known !== undefined) return resolve(known);
      const finish = (outcome: ProbeOutcome | undefined) => {
        if (outcome === undefined) return;
        clearTimeout(timer);
        forget();
        signal.removeEventListener("abort", onAbort);
        resolve(outcome);
      };
      const onAbort = () => finish(aborted);
      const forget = sessions.onChange(() => finish(outcomeOf(sessions.reading(session))));
      const timer = setTimeout(
        () => finish({ kind: "not-made", detail: `nothing is known of session ${session}` }),
        timeout,
      );
      signal.addEventListener("abort", onAbort);
    });
}

function outcomeOf(reading: SessionReading | undefined): ProbeOutcome | undefined {
  if (reading?.settled !== true) return undefined;
  return { kind: reading.up ? "passed" : "failed", detail: reading.reason };
}
