// Order and loss: whatever is slow, away or broken, everybody is told in order, and nothing is lost without a word.

import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { silentLog } from "../../agent/base/log.ts";
import type { NotificationModel } from "../../agent/config/model.ts";
import { Store } from "../../agent/control/store/store.ts";
import type { Event } from "../../agent/events/event.ts";
import { Journal } from "../../agent/events/journal.ts";
import { MemoryPipes } from "../../agent/kernel/memory/pipes.ts";
import { Ledger } from "../../agent/notifications/core/ledger.ts";
import { Dispatcher } from "../../agent/notifications/dispatcher.ts";
import type { Mail, MailOutcome, ProgramEnd, ProgramRun } from "../../agent/notifications/ports.ts";
import { until } from "../support/until.ts";
import { becomes, fifo, mailModel, notificationModel, withAllScripts } from "./models.ts";

const open: Stage[] = [];
afterEach(() => {
  for (const stage of open.splice(0)) stage.dispose();
});

/** A director's notifications with the real journal and store, over programs, pipes and a mail server that do what a test says. */
class Stage {
  readonly directory: string;
  readonly pipes: MemoryPipes;
  readonly programs: { run: ProgramRun; end: (end: ProgramEnd) => void }[] = [];
  readonly sent: Mail[] = [];
  mailOutcome: MailOutcome = { kind: "sent" };
  readonly events: Event[] = [];
  readonly store: Store;
  readonly journal: Journal;
  readonly dispatcher: Dispatcher;

  /** `after`: goes on in the folder of another that has ended. */
  constructor(after?: Stage) {
    this.directory = after?.directory ?? mkdtempSync(join(tmpdir(), "vipward-notify-"));
    this.pipes = after?.pipes ?? new MemoryPipes();
    this.store = Store.open(this.directory);
    this.journal = new Journal({ store: this.store, wall: () => Date.now(), log: silentLog });
    this.dispatcher = new Dispatcher({
      journal: this.journal,
      store: this.store,
      report: this.report,
      log: silentLog,
      wall: () => Date.now(),
      runProgram: (run) => new Promise((end) => this.programs.push({ run, end })),
      openPipe: this.pipes.open,
      mailServer: () => ({
        send: async (mail) => {
          if (this.mailOutcome.kind === "sent") this.sent.push(mail);
          return this.mailOutcome;
        },
        close: () => {},
      }),
      presentStates: async () => [{ at: 0, subject: { type: "INSTANCE", name: "a" }, word: "MASTER", priority: 9 }],
    });
    open.push(this);
  }

  readonly report = (event: Event) => {
    this.events.push(event);
    this.journal.report(event);
  };

  /** Ends as an orderly stop does. */
  end(): void {
    this.dispatcher.close();
    this.journal.close();
    this.store.close();
  }

  dispose(): void {
    this.end();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The events of a kind. */
  told<K extends Event["kind"]>(kind: K): Extract<Event, { kind: K }>[] {
    return this.events.filter((event) => event.kind === kind) as Extract<Event, { kind: K }>[];
  }

  /** Waits until nothing waits any more. */
  async allTold(): Promise<void> {
    await this.dispatcher.drain(0);
    const nothingWaits = () => this.dispatcher.views.every(({ waiting }) => waiting === 0);
    await until(nothingWaits, { what: "everybody was told", timeoutMs: 5000, everyMs: 2 });
  }

  /** Waits until so many programs were started. */
  async started(count: number): Promise<void> {
    await until(() => this.programs.length >= count, { what: `${count} programs were started` });
  }
}

function stage(model: Partial<NotificationModel>): Stage {
  const made = new Stage();
  made.dispatcher.configure(notificationModel(model));
  return made;
}

/** Lets everything happen that waits for nothing but its turn: the dispatcher's own timers only write down how far it is. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((next) => setImmediate(next));
}
const commands = ({ programs }: Stage) => programs.map(({ run }) => [...run.program.command, ...run.more].join(" "));

test("the scripts of one instance run one after the other, those of another do not wait for them", async () => {
  const set = stage({ instances: [withAllScripts("a"), withAllScripts("b")] });
  set.report(becomes("a", "master"));
  set.report(becomes("a", "backup"));
  set.report(becomes("b", "master"));
  await set.started(2);
  await settle();
  expect(commands(set)).toEqual(["/bin/master", "/bin/master"]);
  for (let ended = 0; ended < 6; ended++) {
    await set.started(ended + 1);
    set.programs[ended]?.end({ ok: true });
  }
  await set.allTold();
  const ofA = set.programs.filter((_, index) => index !== 1).map(({ run }) => run.program.command[0]);
  expect(ofA.filter((path) => path !== "/bin/any")).toEqual(["/bin/master", "/bin/backup"]);
});

test("a script that fails is told as an event, and the next one runs", async () => {
  const set = stage({ instances: [withAllScripts("a")] });
  set.report(becomes("a", "master"));
  await set.started(1);
  set.programs[0]?.end({ ok: false, reason: "took longer than 1 s and was ended" });
  await set.started(2);
  expect(set.told("notification-failed")).toEqual([
    {
      kind: "notification-failed",
      target: 'scripts of INSTANCE "a"',
      notification: "MASTER 150",
      reason: "took longer than 1 s and was ended",
    },
  ]);
});

test("a FIFO gets its lines in order, also those from before its reader came", async () => {
  const set = stage({ fifos: [fifo("/run/f")] });
  set.report(becomes("a", "backup"));
  set.report(becomes("a", "master"));
  await settle();
  expect(set.dispatcher.views).toMatchObject([{ name: "fifo /run/f", waiting: 2, problem: "nobody reads it" }]);
  set.pipes.at("/run/f").hasReader = true;
  await set.allTold();
  expect(set.pipes.at("/run/f").read()).toEqual(['INSTANCE "a" BACKUP 150', 'INSTANCE "a" MASTER 150']);
  expect(set.dispatcher.views).toMatchObject([{ waiting: 0, delivered: 2, problem: "" }]);
});

test("what a FIFO could not hold is dropped from the old end, counted and told", async () => {
  const set = stage({ fifos: [fifo("/run/f")] });
  for (let count = 0; count < 10_100; count++) set.report(becomes("a", count % 2 === 0 ? "master" : "backup"));
  await until(() => set.told("notifications-dropped").length > 0, { what: "drops are told" });
  const dropped = set.told("notifications-dropped").reduce((sum, { count }) => sum + count, 0);
  const [view] = set.dispatcher.views;
  expect(dropped).toBe(view?.dropped ?? 0);
  expect((view?.dropped ?? 0) + (view?.waiting ?? 0)).toBe(10_100);
});

test("after a restart everything that was not done is told, in order, and what was done is not", async () => {
  const before = stage({ fifos: [fifo("/run/f")] });
  const pipe = before.pipes.at("/run/f");
  pipe.hasReader = true;
  before.report(becomes("a", "backup"));
  await before.allTold();
  expect(pipe.read()).toHaveLength(1);
  pipe.hasReader = false;
  before.report(becomes("a", "master"));
  before.report(becomes("a", "fault"));
  await settle();
  before.end();

  const after = new Stage(before);
  pipe.hasReader = true;
  after.dispatcher.configure(notificationModel({ fifos: [fifo("/run/f")] }));
  after.report(becomes("a", "backup"));
  await after.allTold();
  expect(pipe.read()).toEqual(['INSTANCE "a" MASTER 150', 'INSTANCE "a" FAULT 150', 'INSTANCE "a" BACKUP 150']);
});

test("a pipe that nobody reads does not make scripts run again after a restart", async () => {
  const configured = { fifos: [fifo("/run/f")], instances: [withAllScripts("a")] };
  const before = stage(configured);
  before.report(becomes("a", "master"));
  for (const started of [1, 2]) {
    await before.started(started);
    before.programs[started - 1]?.end({ ok: true });
  }
  await settle();
  before.end();
  const after = new Stage(before);
  after.dispatcher.configure(notificationModel(configured));
  after.report(becomes("a", "backup"));
  await after.started(1);
  expect(commands(after)).toEqual(["/bin/backup"]);
  after.pipes.at("/run/f").hasReader = true;
  await settle();
  await until(() => after.dispatcher.views.every(({ name, waiting }) => !name.startsWith("fifo") || waiting === 0), {
    what: "the pipe is written",
  });
  expect(after.pipes.at("/run/f").read()).toEqual(['INSTANCE "a" MASTER 150', 'INSTANCE "a" BACKUP 150']);
});

test("a stop does not wait for a pipe that nobody reads or a mail server that is away", async () => {
  const instances = [{ name: "a", scripts: {}, priorityChanges: false, mail: true }];
  const set = stage({ fifos: [fifo("/run/f")], mail: mailModel, instances });
  set.mailOutcome = { kind: "unreachable", reason: "connection refused" };
  set.report(becomes("a", "master"));
  const start = performance.now();
  await set.dispatcher.drain(5000);
  expect(performance.now() - start).toBeLessThan(1000);
});

test("what happened while nothing was configured to be told is not told later", async () => {
  const before = stage({});
  before.report(becomes("a", "master"));
  await before.allTold();
  before.end();
  const after = new Stage(before);
  const pipe = after.pipes.at("/run/f");
  pipe.hasReader = true;
  after.dispatcher.configure(notificationModel({ fifos: [fifo("/run/f")] }));
  await after.allTold();
  expect(pipe.read()).toEqual([]);
});

test("an instance that was taken out is told of by the configuration that had it", async () => {
  const set = stage({ instances: [withAllScripts("a")] });
  set.dispatcher.configure(notificationModel());
  set.report(becomes("a", "initialize", { removed: true }));
  await set.started(1);
  expect(commands(set)).toEqual(["/bin/deleted"]);
});

test("mail waits for a server that is away, in order, and goes over to another that is configured", async () => {
  const instances = [{ name: "a", scripts: {}, priorityChanges: false, mail: true }];
  const set = stage({ mail: mailModel, instances });
  set.mailOutcome = { kind: "unreachable", reason: "connection refused" };
  set.report(becomes("a", "backup"));
  set.report(becomes("a", "master"));
  await settle();
  expect(set.dispatcher.views).toMatchObject([{ waiting: 2, problem: "connection refused" }]);
  set.mailOutcome = { kind: "sent" };
  set.dispatcher.configure(notificationModel({ mail: { ...mailModel, server: "mx2.example.com" }, instances }));
  await set.allTold();
  expect(set.sent.map(({ subject }) => subject)).toEqual([
    "[lb1] VRRP Instance a - Entering BACKUP state",
    "[lb1] VRRP Instance a - Entering MASTER state",
  ]);
});

test("a mail that is refused for good is told and holds up no other", async () => {
  const set = stage({ mail: mailModel, instances: [{ name: "a", scripts: {}, priorityChanges: false, mail: true }] });
  set.mailOutcome = { kind: "refused", reason: "550 no such user" };
  set.report(becomes("a", "master"));
  await until(() => set.told("notification-failed").length === 1, { what: "the refusal is told" });
  set.mailOutcome = { kind: "sent" };
  set.report(becomes("a", "backup"));
  await set.allTold();
  expect(set.sent).toHaveLength(1);
});

test("the present states are written after a reload, not at a start, where that is wanted", async () => {
  const set = stage({ fifos: [fifo("/run/f")], statesOnReload: true });
  set.pipes.at("/run/f").hasReader = true;
  set.report({ kind: "config-applied", revision: 1, author: "test", reason: "" });
  await settle();
  expect(set.pipes.at("/run/f").read()).toEqual([]);
  set.dispatcher.configure(notificationModel({ fifos: [fifo("/run/f")], statesOnReload: true }));
  set.report({ kind: "config-applied", revision: 2, author: "test", reason: "" });
  await settle();
  expect(set.pipes.at("/run/f").read()).toEqual(['INSTANCE "a" MASTER 9']);
});

test("the ledger never says done of an event before all before it are, in whatever order they are done", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 30 }), fc.infiniteStream(fc.nat()), (counts, random) => {
      const ledger = new Ledger(100);
      const left: number[] = [];
      counts.forEach((count, index) => {
        ledger.add(101 + index, count);
        for (let each = 0; each < count; each++) left.push(101 + index);
      });
      while (left.length > 0) {
        const [sequence] = left.splice((random.next().value ?? 0) % left.length, 1);
        expect(ledger.cursor).toBe(Math.min(...left, sequence ?? 0) - 1);
        ledger.done(sequence ?? 0);
      }
      expect(ledger.cursor).toBe(100 + counts.length);
    }),
  );
});

test("whatever happens in whatever order, each FIFO line comes in order and none twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("event", "reader", "no reader", "reconfigure", "restart"), { maxLength: 25 }),
      async (acts) => {
        let set = stage({ fifos: [fifo("/run/f")] });
        const pipe = set.pipes.at("/run/f");
        let reported = 0;
        for (const act of acts) {
          if (act === "event") set.report(becomes("a", "master", { priority: ++reported }));
          else if (act === "reader") pipe.hasReader = true;
          else if (act === "no reader") pipe.hasReader = false;
          else if (act === "reconfigure") set.dispatcher.configure(notificationModel({ fifos: [fifo("/run/f")] }));
          else {
            set.end();
            set = new Stage(set);
            set.dispatcher.configure(notificationModel({ fifos: [fifo("/run/f")] }));
          }
          await Bun.sleep(0);
        }
        pipe.hasReader = true;
        await set.allTold();
        const wanted = Array.from({ length: reported }, (_, index) => `INSTANCE "a" MASTER ${index + 1}`);
        expect(pipe.read()).toEqual(wanted);
      },
    ),
    { numRuns: 20 },
  );
}, 60_000);
