// From the journal to scripts, pipes and mail. Each event is told at least once and in order, also when the control process was away
// meanwhile: the number up to which everything was done is kept in the store, and a restart goes on from there. Nobody is delayed by
// whoever is told: each target has its own bounded queue.

import { hostname } from "node:os";
import type { Log } from "../base/log.ts";
import type { NotificationModel } from "../config/model.ts";
import type { NumberedEvent, ReportEvent } from "../events/event.ts";
import type { Journal } from "../events/journal.ts";
import type { OpenPipe } from "../kernel/pipes.ts";
import { type Delivery, deliveriesOf, notifyOf, type ScriptDelivery, targetOf, targetsOf } from "./core/deliveries.ts";
import { fifoLine, type Notification, subjectKey } from "./core/notification.ts";
import { notificationOf } from "./core/notifications-of.ts";
import { FifoReader } from "./fifo-reader.ts";
import { FifoWriter } from "./fifo-writer.ts";
import { Mailer } from "./mailer.ts";
import type { MailServer, RunProgram } from "./ports.ts";
import { Progress, type ProgressStore } from "./progress.ts";
import { ScriptLanes } from "./script-lanes.ts";
import type { NotificationQueueView } from "./view.ts";

/** What the dispatcher needs. */
export interface DispatcherOptions {
  readonly journal: Pick<Journal, "sequence" | "since" | "onEvent" | "flush">;
  readonly store: ProgressStore;
  readonly report: ReportEvent;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly wall: () => number;
  readonly runProgram: RunProgram;
  readonly openPipe: OpenPipe;
  readonly mailServer: (model: NonNullable<NotificationModel["mail"]>) => MailServer;
  /** The present states as notifications without numbers, for FIFOs after a reload. */
  readonly presentStates: () => Promise<readonly Omit<Notification, "sequence">[]>;
}

/** How often a stop looks whether anybody is still being told. */
const lookMs = 10;

/** Tells whoever is to be told. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #progress: Progress;
  readonly #lanes: ScriptLanes;
  #fifos: readonly FifoWriter[] = [];
  #readers: readonly FifoReader[] = [];
  #mailer: { readonly model: NotificationModel["mail"]; readonly mailer: Mailer } | undefined;
  /** The newest configuration first; the one before it knows what was taken out. */
  #models: readonly NotificationModel[] = [];
  #due: NumberedEvent[] = [];
  #soon: ReturnType<typeof setImmediate> | undefined;
  #leave: (() => void) | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#progress = new Progress(options.store);
    this.#lanes = new ScriptLanes({
      run: (run) => options.runProgram(run, this.#model.programs),
      report: options.report,
    });
  }

  get views(): readonly NotificationQueueView[] {
    const mail = this.#mailer === undefined ? [] : [this.#mailer.mailer.view];
    return [...this.#lanes.views, ...this.#fifos.map(({ view }) => view), ...mail];
  }

  /** Takes a configuration that is about to be given to the children. The first one also lets it begin with what was not done before. */
  configure(model: NotificationModel): void {
    if (model === this.#models[0]) return;
    this.#takeDue();
    this.#models = [model, ...this.#models.slice(0, 1)];
    this.#progress.setTargets(targetsOf(model), this.#options.journal.sequence);
    this.#openFifos(model);
    this.#startReaders(model);
    this.#openMailer(model);
    this.#lanes.keepOnly(laneKeys(this.#models));
    if (this.#leave === undefined) this.#begin();
  }

  /** Resolves when nobody is being told any more, or after a time limit. Whoever cannot be told now is not waited for. */
  async drain(limitMs: number): Promise<void> {
    const end = this.#options.wall() + limitMs;
    this.#takeDue();
    while (this.#isBusy && this.#options.wall() < end) await Bun.sleep(lookMs);
    const left = this.views.reduce((sum, { waiting }) => sum + waiting, 0);
    if (left > 0) this.#options.log.warn("notifications-left", { count: left, why: "they are told at the next start" });
  }

  /** Ends; what was not done is done after the next start. */
  close(): void {
    this.#leave?.();
    clearImmediate(this.#soon);
    this.#lanes.close();
    for (const reader of this.#readers) reader.close();
    for (const fifo of this.#fifos) fifo.close();
    this.#mailer?.mailer.close();
    this.#progress.remember();
  }

  get #isBusy(): boolean {
    return this.#lanes.isBusy || this.#mailer?.mailer.isSending === true;
  }

  get #model(): NotificationModel {
    const [model] = this.#models;
    if (model === undefined) throw new Error("the dispatcher was asked before it was configured");
    return model;
  }

  // Events

  #begin(): void {
    const { journal, log } = this.#options;
    const cursor = this.#progress.cursor;
    const { events, tooOld } = journal.since(cursor);
    if (tooOld !== undefined)
      log.warn("notifications-missed", { after: cursor, before: tooOld, why: "these events are no longer stored" });
    this.#leave = journal.onEvent((entry) => this.#takeSoon(entry));
    for (const entry of events) this.#take(entry);
  }

  /** First on disk, then told: so that a process that is killed in between tells it after its restart. */
  #takeSoon(entry: NumberedEvent): void {
    this.#due.push(entry);
    this.#soon ??= setImmediate(() => this.#takeDue());
  }

  #takeDue(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    if (this.#due.length === 0) return;
    this.#options.journal.flush();
    const due = this.#due;
    this.#due = [];
    for (const entry of due) this.#take(entry);
  }

  #take(entry: NumberedEvent): void {
    const notification = notificationOf(entry);
    const deliveries = notification === undefined ? [] : this.#deliveriesOf(notification);
    const countFor = (target: string) => deliveries.filter((delivery) => targetOf(delivery) === target).length;
    const fresh = this.#progress.add(entry.sequence, countFor);
    if (notification !== undefined)
      for (const delivery of deliveries) if (fresh.has(targetOf(delivery))) this.#deliver(delivery, notification);
    if (entry.event.kind === "config-applied" && this.#isReload) void this.#writeStates();
  }

  /** At a start every state is told as it comes. */
  get #isReload(): boolean {
    return this.#model.statesOnReload && this.#models.length > 1;
  }

  #deliveriesOf(notification: Notification): readonly Delivery[] {
    const notify = notifyOf(notification.subject, this.#models);
    return deliveriesOf(notification, notify, this.#model, this.#director);
  }

  get #director(): string {
    return this.#model.director ?? hostname();
  }

  // Deliveries

  #deliver(delivery: Delivery, notification: Notification): void {
    const { sequence, at } = notification;
    const done = () => this.#progress.done(targetOf(delivery), sequence);
    switch (delivery.kind) {
      case "script":
        return this.#runScript(delivery, notification, done);
      case "line":
        return this.#writeLine(delivery.path, delivery.line, done);
      case "mail": {
        const { subject, text } = delivery;
        const mail = { subject, text, at, id: `vipward.${sequence}.${at}` };
        if (this.#mailer === undefined) return done();
        return this.#mailer.mailer.add({ what: subject, mail, done });
      }
    }
  }

  #runScript({ lane, program, more }: ScriptDelivery, notification: Notification, done: () => void): void {
    const { word, priority, sequence, at } = notification;
    const environment = { VIPWARD_EVENT: String(sequence), VIPWARD_TIME: new Date(at).toISOString() };
    const run = { program, more, environment, timeout: this.#model.scriptTimeout };
    this.#lanes.add(lane, { what: `${word} ${priority}`, run, done });
  }

  #writeLine(path: string, line: string, done: () => void): void {
    const fifo = this.#fifos.find((one) => one.path === path);
    if (fifo === undefined) return done();
    fifo.add({ what: line, line, done });
  }

  async #writeStates(): Promise<void> {
    const states = await this.#options.presentStates().catch(() => []);
    for (const state of states) {
      const line = fifoLine({ ...state, sequence: 0 });
      for (const { path } of this.#fifos) this.#writeLine(path, line, () => {});
    }
  }

  // Targets

  /** Pipes that stay configured keep what waits for them; what waits for the others is dropped, and said. */
  #openFifos({ fifos }: NotificationModel): void {
    const { openPipe: open, report } = this.#options;
    const before = this.#fifos;
    this.#fifos = fifos.map(
      ({ path }) => before.find((one) => one.path === path) ?? new FifoWriter({ path, open, report }),
    );
    for (const fifo of before) if (!this.#fifos.includes(fifo)) fifo.remove();
  }

  /** A reader goes on as long as nothing is changed that it was started with. */
  #startReaders({ fifos, programs }: NotificationModel): void {
    const { runProgram: run, log } = this.#options;
    const before = this.#models[1]?.programs;
    const kept = Bun.deepEquals(before, programs) ? this.#readers : [];
    const next = fifos
      .filter(({ reader }) => reader !== undefined)
      .map(
        (fifo) => kept.find((one) => Bun.deepEquals(one.fifo, fifo)) ?? new FifoReader({ fifo, programs, run, log }),
      );
    for (const reader of this.#readers) if (!next.includes(reader)) reader.close();
    this.#readers = next;
  }

  #openMailer({ mail: model }: NotificationModel): void {
    if (this.#mailer !== undefined && Bun.deepEquals(this.#mailer.model, model)) return;
    const before = this.#mailer?.mailer;
    this.#mailer = model && { model, mailer: this.#newMailer(model) };
    if (this.#mailer === undefined) before?.remove();
    else for (const mail of before?.handOver() ?? []) this.#mailer.mailer.add(mail);
  }

  #newMailer(model: NonNullable<NotificationModel["mail"]>): Mailer {
    const { mailServer, report, wall } = this.#options;
    const after = (ms: number, callback: () => void) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    };
    const name = `mail to ${model.server}:${model.port}`;
    return new Mailer({ name, server: mailServer(model), report, wall, after });
  }
}

function laneKeys(models: readonly NotificationModel[]): ReadonlySet<string> {
  return new Set(
    models.flatMap(({ instances, groups, servers }) => [
      ...instances.map(({ name }) => subjectKey({ type: "INSTANCE", name })),
      ...groups.map(({ name }) => subjectKey({ type: "GROUP", name })),
      ...servers.flatMap(({ name: virtualServer, realServers }) => [
        subjectKey({ type: "VS", name: virtualServer }),
        ...realServers.map(({ name }) => subjectKey({ type: "RS", name, virtualServer })),
      ]),
    ]),
  );
}
