// Random lives of an agent: changes, confirmations, rollbacks, refusals by the kernel, and kill -9 at every step of a change, against a
// simple model of what should run. Nothing that was acknowledged is ever lost, and everybody agrees on what runs.

import { expect, test } from "bun:test";
import { type Random, seededRandom } from "../../agent/base/random.ts";
import type { ApplyRequest } from "../../agent/control/words/request.ts";
import { webDocument } from "./documents.ts";
import { MemoryAgent, schedulerMissing } from "./memory-agent.ts";

/** More lives: LIVES=2000. */
const lives = Number(process.env.LIVES ?? 25);
const steps = 40;

/** What should be, by the priority that tells contents apart; 0: nothing was ever applied. */
interface Expected {
  priority: number;
  pending: { readonly id: string; readonly back: number; readonly deadline: number } | undefined;
  readonly acknowledged: Map<number, number>;
}

class Life {
  agent = new MemoryAgent();
  readonly expected: Expected = { priority: 0, pending: undefined, acknowledged: new Map() };
  readonly #random: Random;
  #count = 0;
  #sequence = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  async live(): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.#one(Math.floor(this.#random() * 11));
      this.#check();
    }
    this.agent[Symbol.dispose]();
  }

  #one(kind: number): Promise<void> {
    switch (kind) {
      case 0:
      case 1:
        return this.#apply({});
      case 2:
        return this.#apply({ confirmation: { id: `c${++this.#count}`, timeoutMs: 60_000 } });
      case 3:
        return this.#applyWrong();
      case 4:
        return this.#applyRefused();
      case 5:
        return this.#settle("confirm");
      case 6:
        return this.#settle("cancel");
      case 7:
        return this.#rollBack();
      case 8:
        return this.#letTimePass();
      case 9:
        return this.#restart();
      default:
        return this.#killInAChange();
    }
  }

  #request(change: Partial<ApplyRequest>): ApplyRequest & { readonly priority: number } {
    const priority = 1 + (++this.#count % 250);
    const document = webDocument({ priority, ...(this.#random() < 0.5 && { weight: priority }) });
    const source = { kind: "api" } as const;
    return { document, author: "test", reason: "", source, validateOnly: false, ...change, priority };
  }

  /** One that gives each child something to do, in which it may fail or die. */
  #requestForBoth(): ApplyRequest {
    const { priority, ...request } = this.#request({});
    return { ...request, document: webDocument({ priority, weight: 1000 + this.#count }) };
  }

  async #apply(change: Partial<ApplyRequest>): Promise<void> {
    const { priority, ...request } = this.#request(change);
    const done = await this.agent.apply(request);
    if (this.expected.pending !== undefined)
      return expect(done).toMatchObject({ error: { kind: "confirmation-pending" } } as never);
    if (!done.ok) throw new Error(JSON.stringify(done.error));
    const { confirmation } = done.value;
    if (confirmation !== undefined) {
      const { id, deadline = 0 } = confirmation;
      this.expected.pending = { id, back: this.expected.priority, deadline };
    }
    this.#acknowledged(done.value.revision?.number ?? 0, priority);
  }

  async #applyWrong(): Promise<void> {
    const { priority: _, ...request } = this.#request({
      document: { vrrpInstances: [{ name: "web", priority: 999 }] },
    });
    expect((await this.agent.apply(request)).ok).toBe(false);
  }

  async #applyRefused(): Promise<void> {
    const request = this.#requestForBoth();
    if (this.expected.pending === undefined)
      (this.#random() < 0.5 ? this.agent.vrrp : this.agent.checkers).mishaps.push([schedulerMissing]);
    expect((await this.agent.apply(request)).ok).toBe(false);
  }

  async #settle(how: "confirm" | "cancel"): Promise<void> {
    const { pending } = this.expected;
    const { changes } = this.agent;
    const id = pending?.id ?? "nothing";
    const done = await (how === "confirm"
      ? changes.confirm({ id, author: "test" })
      : changes.cancel({ id, author: "test" }));
    expect(done.ok).toBe(pending !== undefined);
    if (pending === undefined) return;
    this.expected.pending = undefined;
    if (how === "cancel") this.#wentBack(pending.back);
  }

  async #rollBack(): Promise<void> {
    const numbers = [...this.expected.acknowledged.keys()];
    const number = numbers[Math.floor(this.#random() * numbers.length)] ?? 0;
    const { priority: _, document: __, ...request } = this.#request({});
    const done = await this.agent.changes.rollBack(number, request);
    if (this.expected.pending !== undefined) return expect(done.ok).toBe(false);
    if (!done.ok) throw new Error(JSON.stringify(done.error));
    this.#acknowledged(done.value.revision?.number ?? 0, this.expected.acknowledged.get(number) ?? 0);
  }

  async #letTimePass(): Promise<void> {
    this.agent.now += 40_000;
    await this.agent.confirmations.look();
    this.#expire();
  }

  async #restart(): Promise<void> {
    this.agent.kill();
    this.agent = await new MemoryAgent(this.agent).start();
    this.#expire();
  }

  /** Killed before or after a child took it: nobody was answered, so what ran before runs again. */
  async #killInAChange(): Promise<void> {
    const killed = this.agent;
    const child = this.#random() < 0.5 ? killed.vrrp : killed.checkers;
    const reached = Promise.withResolvers<void>();
    const hang = () => {
      killed.kill();
      reached.resolve();
      return new Promise<void>(() => {});
    };
    if (this.#random() < 0.5) child.before = hang;
    else child.after = hang;
    const request = this.#requestForBoth();
    const refused = killed.apply(request).then(() => reached.resolve());
    if (this.expected.pending !== undefined) await refused;
    else await reached.promise;
    child.before = async () => {};
    child.after = async () => {};
    if (this.expected.pending === undefined) await this.#takeOver(killed);
  }

  async #takeOver(killed: MemoryAgent): Promise<void> {
    this.agent = await new MemoryAgent(killed).start();
    // Where nothing was ever applied, the children have what nobody promised; control gives them nothing until somebody asks.
    if (this.expected.priority === 0 && this.expected.acknowledged.size === 0) await this.#apply({});
    this.#expire();
  }

  #expire(): void {
    const { pending } = this.expected;
    if (pending === undefined || this.agent.now < pending.deadline) return;
    this.expected.pending = undefined;
    this.#wentBack(pending.back);
  }

  #acknowledged(number: number, priority: number): void {
    this.expected.priority = priority;
    this.expected.acknowledged.set(number, priority);
  }

  #wentBack(priority: number): void {
    this.#acknowledged(this.agent.store.running()?.revision.number ?? 0, priority);
  }

  #check(): void {
    const { agent, expected } = this;
    const { transactions, vrrp, checkers, store } = agent;
    const running = store.running();
    if (expected.acknowledged.size === 0) return expect(running).toBeUndefined();
    const number = running?.revision.number;
    expect([transactions.running?.revision.number, vrrp.runs?.revision, checkers.runs?.revision]).toEqual([
      number,
      number,
      number,
    ]);
    expect(vrrp.runs?.model.instances[0]?.priority ?? 0).toBe(expected.priority);
    expect(number).toBe(Math.max(...expected.acknowledged.keys()));
    for (const one of expected.acknowledged.keys()) expect(store.revision(one)?.revision.result).toBe("applied");
    expect(agent.confirmations.pending?.id).toBe(expected.pending?.id);
    expect(agent.journal.sequence).toBeGreaterThanOrEqual(this.#sequence);
    this.#sequence = agent.journal.sequence;
  }
}

test(`in ${lives} random lives of ${steps} steps, everybody agrees on what runs, and nothing acknowledged is lost`, async () => {
  for (let seed = 1; seed <= lives; seed++)
    await new Life(seed).live().catch((thrown) => {
      throw new Error(`life ${seed}: ${thrown instanceof Error ? thrown.message : thrown}`, { cause: thrown });
    });
}, 600_000);
