// Keeps objects of one kind in the kernel as they are desired: put when somebody begins to want them, removed when nobody does any more, put back
// when somebody else removes them. They carry our mark, so what a dead process has left is found and goes too, unless it is wanted.

import { after, type Instant, milliseconds } from "../../base/duration.ts";

/** A kind of objects in the kernel. */
export interface ObjectPort<T> {
  /** Those that carry our mark. */
  ours(): readonly T[];
  put(object: T): void;
  remove(object: T): void;
}

/** An object that an owner wants. */
export interface Wanted<T> {
  /** The same for the same object, whoever wants it. */
  readonly key: string;
  /** The object as the kernel takes it; undefined while an interface that it names is not there. */
  readonly find: () => T | undefined;
  /** As it is written for people. */
  readonly text: string;
  /** Not put back when somebody else removes it. */
  readonly untracked: boolean;
}

/** What it tells. `owner` is who wanted the object; undefined for what a dead process has left. */
export interface ObjectListener {
  onChange(owner: string | undefined, text: string, change: "added" | "removed" | "lost"): void;
  onRefused(operation: string, object: string, thrown: unknown): void;
}

/** What an owner has, and whether it is there. */
export interface ObjectView {
  readonly object: string;
  readonly present: boolean;
}

interface Held<T> {
  readonly wanted: Wanted<T>;
  readonly owners: Set<string>;
  /** As it was put; undefined while it is not there. */
  placed: T | undefined;
  /** Somebody has removed it, and it is not put back. */
  abandoned: boolean;
  /** When it was last put back, so that a fight over it does not take all our time. */
  repairedAt: Instant | undefined;
}

/** The objects of one kind. */
export class ObjectKeeper<T> {
  readonly #port: ObjectPort<T>;
  readonly #isSame: (wanted: T, found: T) => boolean;
  readonly #format: (object: T) => string;
  readonly #now: () => Instant;
  readonly #listener: ObjectListener;
  readonly #held = new Map<string, Held<T>>();
  /** Removals that the kernel has refused. */
  #owed: { readonly object: T; readonly owner: string | undefined; readonly text: string }[] = [];
  /** What was there when the first object was put; undefined before. */
  #left: readonly T[] | undefined;
  #retryAt: Instant | undefined;

  constructor(
    port: ObjectPort<T>,
    isSame: (wanted: T, found: T) => boolean,
    format: (object: T) => string,
    now: () => Instant,
    listener: ObjectListener,
  ) {
    this.#port = port;
    this.#isSame = isSame;
    this.#format = format;
    this.#now = now;
    this.#listener = listener;
  }

  /** When something is to be tried again or looked at; undefined when nothing is. */
  nextDeadline(): Instant | undefined {
    return this.#retryAt;
  }

  /** Makes these the objects of an owner. What it does not want any more stays until `sweep`, as somebody else may be about to want it. */
  want(owner: string, wanted: readonly Wanted<T>[]): void {
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, held] of this.#held) if (!keys.has(key)) held.owners.delete(owner);
    for (const one of wanted) this.#hold(owner, one);
  }

  /** Nobody else owns anything any more: instances end, or get other names. */
  keepOwners(names: ReadonlySet<string>): void {
    for (const { owners } of this.#held.values())
      for (const owner of owners) if (!names.has(owner)) owners.delete(owner);
  }

  /** Removes what nobody wants. */
  sweep(owner?: string): void {
    for (const [key, held] of this.#held) {
      if (held.owners.size > 0) continue;
      this.#held.delete(key);
      if (held.placed !== undefined) this.#remove(held.placed, owner, held.wanted.text);
    }
  }

  /** Asks for a look at what is there, soon. */
  suspect(): void {
    this.#retryAt = this.#now();
  }

  /** Looks and repairs, if it is time. */
  checkIfDue(now: Instant): void {
    if (this.#retryAt !== undefined && this.#retryAt <= now) this.check();
  }

  /** Puts what is missing, and removes what is marked as ours and not wanted. */
  check(): void {
    this.#retryAt = undefined;
    const found = this.#observe();
    if (found === undefined) return;
    this.#left = [];
    this.#noteLosses(found);
    for (const held of this.#held.values()) this.#putIfMissing(held);
    for (const object of found) if (!this.#isWanted(object)) this.#remove(object, undefined, this.#format(object));
    const owed = this.#owed.splice(0);
    for (const { object, owner, text } of owed) if (!this.#isWanted(object)) this.#remove(object, owner, text);
  }

  /** What an owner wants, and whether it is there. */
  view(owner: string): readonly ObjectView[] {
    return [...this.#held.values()].flatMap(({ owners, wanted, placed }) =>
      owners.has(owner) ? [{ object: wanted.text, present: placed !== undefined }] : [],
    );
  }

  /** Whether the object of this key is there. */
  isThere(key: string): boolean {
    return this.#held.get(key)?.placed !== undefined;
  }

  #hold(owner: string, wanted: Wanted<T>): void {
    const known = this.#held.get(wanted.key);
    const held = known ?? {
      ...{ wanted, owners: new Set<string>(), placed: undefined, abandoned: false, repairedAt: undefined },
    };
    if (known !== undefined && !held.owners.has(owner)) held.abandoned = false;
    held.owners.add(owner);
    this.#held.set(wanted.key, held);
    this.#putIfMissing(held);
  }

  #putIfMissing(held: Held<T>): void {
    if (held.placed !== undefined || held.abandoned || held.owners.size === 0) return;
    const { wanted } = held;
    const object = wanted.find();
    if (object === undefined) return;
    if (this.#wasLeft(object)) {
      held.placed = object;
      return;
    }
    if (!this.#attempt("put", wanted.text, () => this.#port.put(object))) return;
    held.placed = object;
    for (const owner of held.owners) this.#listener.onChange(owner, wanted.text, "added");
  }

  /** Whether a process before has put it: then it is taken over as it is. */
  #wasLeft(object: T): boolean {
    this.#left ??= this.#observe() ?? [];
    return this.#left.some((one) => this.#isSame(object, one));
  }

  #remove(object: T, owner: string | undefined, text: string): void {
    if (this.#attempt("remove", text, () => this.#port.remove(object))) this.#listener.onChange(owner, text, "removed");
    else this.#owed.push({ object, owner, text });
  }

  #noteLosses(found: readonly T[]): void {
    const now = this.#now();
    for (const held of this.#held.values()) {
      const { placed, wanted, owners, repairedAt } = held;
      if (placed === undefined || found.some((one) => this.#isSame(placed, one))) continue;
      if (repairedAt !== undefined && after(repairedAt, pause) > now) {
        this.#retryAt = after(repairedAt, pause);
        continue;
      }
      held.placed = undefined;
      held.abandoned = wanted.untracked;
      held.repairedAt = now;
      for (const owner of owners) this.#listener.onChange(owner, wanted.text, "lost");
    }
  }

  #isWanted(object: T): boolean {
    return [...this.#held.values()].some(({ placed }) => placed !== undefined && this.#isSame(placed, object));
  }

  #observe(): readonly T[] | undefined {
    let found: readonly T[] | undefined;
    this.#attempt("list", "what is ours", () => {
      found = this.#port.ours();
    });
    return found;
  }

  #attempt(operation: string, text: string, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (thrown) {
      this.#retryAt = after(this.#now(), retryDelay);
      this.#listener.onRefused(operation, text, thrown);
      return false;
    }
  }
}

/** How soon what the kernel has refused is tried again. */
const retryDelay = milliseconds(1000);

/** The least time from one repair of an object to the next. */
const pause = milliseconds(100);
