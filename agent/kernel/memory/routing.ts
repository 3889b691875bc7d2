// The routes and rules of one director in memory, as far as they are ours. What it believes of the kernel stands in test/contract.

import { OperationError } from "../../base/errors.ts";
import { formatRoute, isSameRoute, type Route, type RoutesPort } from "../routes.ts";
import { formatRule, isSameRule, type Rule, type RulesPort } from "../rules.ts";

/** A table of objects that somebody else may remove. */
class MemoryTable<T> {
  objects: readonly T[] = [];
  /** The errno with which a call is refused; undefined lets it pass. */
  refuse: (object: T) => string | undefined = () => undefined;
  readonly #same: (a: T, b: T) => boolean;
  readonly #text: (object: T) => string;
  readonly #watchers = new Set<() => void>();

  constructor(same: (a: T, b: T) => boolean, text: (object: T) => string) {
    this.#same = same;
    this.#text = text;
  }

  ours(): readonly T[] {
    return this.objects;
  }

  put(object: T): void {
    this.#ask("add", object);
    if (!this.objects.some((one) => this.#same(object, one))) this.objects = [...this.objects, object];
  }

  remove(object: T): void {
    this.#ask("remove", object);
    this.disturb(object);
  }

  /** Somebody else removes it, or the kernel does. */
  disturb(object: T): void {
    const left = this.objects.filter((one) => !this.#same(object, one));
    if (left.length === this.objects.length) return;
    this.objects = left;
    for (const watcher of this.#watchers) queueMicrotask(watcher);
  }

  watch(onLoss: () => void): { close(): void } {
    this.#watchers.add(onLoss);
    return { close: () => this.#watchers.delete(onLoss) };
  }

  close(): void {
    this.#watchers.clear();
  }

  #ask(operation: string, object: T): void {
    const code = this.refuse(object);
    if (code !== undefined) throw new OperationError({ operation, object: this.#text(object), cause: { code } });
  }
}

/** Routes in memory. */
export class MemoryRoutes extends MemoryTable<Route> implements RoutesPort {
  constructor() {
    super(isSameRoute, (route) => formatRoute(route, String));
  }
}

/** Rules in memory. */
export class MemoryRules extends MemoryTable<Rule> implements RulesPort {
  constructor() {
    super(isSameRule, formatRule);
  }
}
