// The port to what outlives the vrrp process. Writing must not fail the caller: what cannot be remembered is only a slower restart.

import type { Instant } from "../../base/duration.ts";
import type { ResumeInstance } from "../core/resume-record.ts";

/** Remembers what the next process needs to go on. */
export interface ResumeMemory {
  /** What a process of this boot has left behind, each with the time of its last advertisement; undefined when there is nothing of use. */
  load(): readonly ResumeInstance[] | undefined;
  /** Keeps the instances in place of what was kept before. */
  saveInstances(instances: readonly ResumeInstance[]): void;
  /** Keeps that the wire took an advertisement of the instance in this slot. Called for every one: it must be cheap. */
  beat(slot: number, at: Instant): void;
}

/** Remembers nothing: every start is a first one. */
export const noMemory: ResumeMemory = { load: () => undefined, saveInstances: () => {}, beat: () => {} };
