// The resume memory of a director in a test: outlives its processes, and is lost with a boot.

import type { Instant } from "../../agent/base/duration.ts";
import { decodeResumeRecord, encodeResumeRecord, type ResumeInstance } from "../../agent/vrrp/core/resume-record.ts";
import type { ResumeMemory } from "../../agent/vrrp/resuming/resume-memory.ts";

/** Keeps the record in its written form, so that every restart reads what a real one would. */
export class TestMemory implements ResumeMemory {
  #text: string | undefined;
  readonly #beats = new Map<number, Instant>();

  load(): readonly ResumeInstance[] | undefined {
    const decoded = this.#text === undefined ? undefined : decodeResumeRecord(this.#text);
    if (decoded === undefined || !decoded.ok) return undefined;
    return decoded.value.instances.map((one) => ({ ...one, lastAdvertisementAt: this.#beats.get(one.slot) }));
  }

  saveInstances(instances: readonly ResumeInstance[]): void {
    this.#text = encodeResumeRecord({ boot: "this one", instances });
  }

  beat(slot: number, at: Instant): void {
    this.#beats.set(slot, at);
  }

  /** What a boot leaves: nothing. */
  forget(): void {
    this.#text = undefined;
    this.#beats.clear();
  }
}
