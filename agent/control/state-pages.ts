// Snapshots in pages. A large snapshot does not fit into one message: it is kept for a while, and its pages are parts of the same one, so that
// together they are as consistent as one answer.

import { randomUUID } from "node:crypto";
import { fail, ok, type Result } from "../base/result.ts";
import { inFittingGroups } from "./convert/fitting.ts";
import { resourcesOf } from "./state-hub.ts";
import type { Refusal } from "./words/refusal.ts";
import type { Resource, StateSnapshot } from "./words/state.ts";

/** A page of a snapshot. The token asks for the next one; empty: it is the last. */
export interface StatePage {
  readonly snapshot: StateSnapshot;
  readonly nextToken: string;
}

interface Kept {
  readonly snapshot: StateSnapshot;
  readonly groups: readonly (readonly Resource[])[];
  readonly expiresAt: number;
}

/** How long a snapshot is kept for its further pages, and how many at once. */
const [keptMs, mostKept] = [60_000, 16];

/** Resources, with the real servers of virtual servers, that certainly fit: whether more do is measured. */
const certainlyFits = 1000;

/** The pages of snapshots that clients are reading. */
export class StatePages {
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;
  readonly #sizeOf: (resource: Resource) => number;

  /** `now` in milliseconds; `sizeOf`: the bytes of a resource in a message. */
  constructor(now: () => number, sizeOf: (resource: Resource) => number) {
    this.#now = now;
    this.#sizeOf = sizeOf;
  }

  /** The first page of a snapshot; `size`: how many resources at most, as many as fit where it is 0. */
  first(snapshot: StateSnapshot, size: number): StatePage {
    if (size === 0 && countOf(snapshot) <= certainlyFits) return { snapshot, nextToken: "" };
    const fitting = inFittingGroups(resourcesOf(snapshot), this.#sizeOf);
    const groups = size === 0 ? fitting : fitting.flatMap((group) => inGroupsOf(size, group));
    if (groups.length <= 1) return { snapshot, nextToken: "" };
    const id = randomUUID();
    this.#forgetOld();
    this.#kept.set(id, { snapshot, groups, expiresAt: this.#now() + keptMs });
    return this.#page(id, 0);
  }

  /** The page that a token asks for. */
  next(token: string): Result<StatePage, Refusal> {
    this.#forgetOld();
    const [, id = "", index = ""] = /^([0-9a-f-]{36}):(\d{1,9})$/.exec(token) ?? [];
    if (this.#kept.get(id)?.groups[Number(index)] !== undefined) return ok(this.#page(id, Number(index)));
    const message = "is not known, or no more: a snapshot is kept for 60 s; begin again without a token";
    return fail({ kind: "invalid-argument", field: "page_token", message });
  }

  #page(id: string, index: number): StatePage {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw new Error(`no snapshot ${id} is kept`);
    const isLast = index + 1 >= kept.groups.length;
    return {
      snapshot: partOf(kept.snapshot, new Set(kept.groups[index]?.map(({ value }) => value)), index === 0),
      nextToken: isLast ? "" : `${id}:${index + 1}`,
    };
  }

  #forgetOld(): void {
    for (const [id, { expiresAt }] of this.#kept)
      if (this.#now() >= expiresAt || this.#kept.size >= mostKept) this.#kept.delete(id);
  }
}

function countOf(snapshot: StateSnapshot): number {
  const realServers = snapshot.virtualServers.reduce((sum, server) => sum + server.realServers.length, 0);
  return Object.values(snapshot).reduce((sum, value) => sum + (Array.isArray(value) ? value.length : 0), realServers);
}

function inGroupsOf<T>(size: number, values: readonly T[]): T[][] {
  const groups = Math.ceil(values.length / size);
  return Array.from({ length: groups }, (_, index) => values.slice(index * size, (index + 1) * size));
}

/** The snapshot with these resources only. What is no list of resources is in every page, but what was done to the kernel's table is in the first. */
function partOf(snapshot: StateSnapshot, members: ReadonlySet<unknown>, isFirst: boolean): StateSnapshot {
  const { ipvs, ...rest } = snapshot;
  const fields = Object.entries(rest).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.filter((one) => members.has(one)) : value,
  ]);
  return { ...Object.fromEntries(fields), ...(isFirst && ipvs !== undefined && { ipvs }) };
}
