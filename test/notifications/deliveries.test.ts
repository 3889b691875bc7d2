// What is done about what happens, held against what keepalived 2.2.7 was seen to do in the same story.

import { describe, expect, test } from "bun:test";
import { parseAddress } from "../../agent/base/address.ts";
import type { Event } from "../../agent/events/event.ts";
import { type Delivery, deliveriesOf, notifyOf } from "../../agent/notifications/core/deliveries.ts";
import { notificationOf } from "../../agent/notifications/core/notifications-of.ts";
import { becomes, fifo, mailModel, notificationModel, numbered, withAllScripts } from "./models.ts";

const instance = withAllScripts("VI two");
const model = notificationModel({ instances: [instance], fifos: [fifo("/run/all")], mail: mailModel });

/** What is done about an event, one text each. */
function told(event: Event, configured = model): string[] {
  const notification = notificationOf(numbered(7, event));
  if (notification === undefined) return [];
  const notify = notifyOf(notification.subject, [configured]);
  return deliveriesOf(notification, notify, configured, "lb1").map(text);
}

function text(delivery: Delivery): string {
  switch (delivery.kind) {
    case "script":
      return [...delivery.program.command, ...delivery.more.map((word) => `[${word}]`)].join(" ");
    case "line":
      return `${delivery.path} <- ${delivery.line}`;
    case "mail":
      return `mail ${delivery.subject}`;
  }
}

describe("scripts and FIFO lines", () => {
  test.each([
    ["master", "MASTER"],
    ["backup", "BACKUP"],
    ["fault", "FAULT"],
  ] as const)(
    "on becoming %s: the state's own script, then notify with INSTANCE, name, state and priority",
    (to, word) => {
      expect(told(becomes("VI two", to))).toEqual([
        `/bin/${to}`,
        `/bin/any own [INSTANCE] [VI two] [${word}] [150]`,
        `/run/all <- INSTANCE "VI two" ${word} 150`,
      ]);
    },
  );

  test("when the agent stops: STOP, whatever the state was", () => {
    expect(told(becomes("VI two", "initialize"))).toEqual([
      "/bin/stop",
      "/bin/any own [INSTANCE] [VI two] [STOP] [150]",
      '/run/all <- INSTANCE "VI two" STOP 150',
    ]);
  });

  test("when it was taken out: DELETED with notify_deleted, FAULT without", () => {
    const event = becomes("VI two", "initialize", { removed: true });
    expect(told(event)).toEqual([
      "/bin/deleted",
      "/bin/any own [INSTANCE] [VI two] [DELETED] [150]",
      '/run/all <- INSTANCE "VI two" DELETED 150',
    ]);
    const { deleted: _, ...scripts } = instance.scripts;
    expect(told(event, { ...model, instances: [{ ...instance, scripts }] })).toEqual([
      "/bin/fault",
      "/bin/any own [INSTANCE] [VI two] [FAULT] [150]",
      '/run/all <- INSTANCE "VI two" FAULT 150',
    ]);
  });

  test("a master that hears a lower priority: its own script and a line, no notify", () => {
    const peer = parseAddress("10.9.0.2") ?? "";
    const heard = { kind: "dual-master", instance: "VI two", peer, priority: 150 } as const;
    expect(told({ ...heard, peer, peerPriority: 100 } as Event)).toEqual([
      "/bin/lower",
      '/run/all <- INSTANCE "VI two" MASTER_RX_LOWER_PRI 150',
    ]);
    expect(told({ ...heard, peer, peerPriority: 150 } as Event)).toEqual([]);
  });

  test("a changed priority writes a line where that is wanted, and runs no script", () => {
    const changed = {
      kind: "vrrp-priority-changed",
      instance: "VI two",
      from: 100,
      to: 120,
      reason: "chk is up",
    } as const;
    expect(told({ ...changed, state: "master" })).toEqual([]);
    const wanted = { ...model, instances: [{ ...instance, priorityChanges: true }] };
    expect(told({ ...changed, state: "master" }, wanted)).toEqual([
      '/run/all <- INSTANCE "VI two" MASTER_PRIORITY 120',
    ]);
    expect(told({ ...changed, state: "backup" }, wanted)).toEqual([
      '/run/all <- INSTANCE "VI two" BACKUP_PRIORITY 120',
    ]);
    expect(told({ ...changed, state: "fault" }, wanted)).toEqual([]);
  });

  test("a sync group is told of as an instance is, with priority 0, and not at all when it was taken out", () => {
    const changed = {
      kind: "sync-group-state-changed",
      group: "G",
      from: "backup",
      reason: "test",
      priority: 90,
    } as const;
    const grouped = { ...model, groups: [withAllScripts("G")] };
    expect(told({ ...changed, to: "master" }, grouped)).toEqual([
      "/bin/master",
      "/bin/any own [GROUP] [G] [MASTER] [0]",
      '/run/all <- GROUP "G" MASTER 0',
    ]);
    expect(told({ ...changed, to: "initialize" }, grouped)).toContain('/run/all <- GROUP "G" STOP 0');
    expect(told({ ...changed, to: "initialize" })).toEqual([]);
  });

  test("a fault that has another reason now is no change of state", () => {
    expect(told(becomes("VI two", "fault", { from: "fault" }))).toEqual([]);
  });

  test("FIFOs tell of instances that have no script too", () => {
    expect(told(becomes("other", "master"))).toEqual(['/run/all <- INSTANCE "other" MASTER 150']);
  });

  test("nobody is told of what is not about an instance", () => {
    expect(told({ kind: "agent-stopping", reason: "test" })).toEqual([]);
  });
});

describe("mail", () => {
  const mailing = {
    ...model,
    fifos: [],
    instances: [{ name: "VI_1", scripts: {}, priorityChanges: false, mail: true }],
  };

  test("has keepalived's subjects", () => {
    expect(told(becomes("VI_1", "master"), mailing)).toEqual(["mail [lb1] VRRP Instance VI_1 - Entering MASTER state"]);
    expect(told(becomes("VI_1", "fault"), mailing)).toEqual(["mail [lb1] VRRP Instance VI_1 - Entering FAULT state"]);
  });

  test("is not sent about a stop, as keepalived sends none", () => {
    expect(told(becomes("VI_1", "initialize"), mailing)).toEqual([]);
  });

  test("is not sent about faults where no_email_faults says so", () => {
    const quiet = { ...mailing, mail: { ...mailModel, faults: false } };
    expect(told(becomes("VI_1", "fault"), quiet)).toEqual([]);
    expect(told(becomes("VI_1", "backup"), quiet)).toHaveLength(1);
  });

  test("begins with keepalived's sentence and says when it was and which event", () => {
    const notification = notificationOf(numbered(7, becomes("VI_1", "master")));
    if (notification === undefined) throw new Error("nothing is told");
    const [mail] = deliveriesOf(notification, notifyOf(notification.subject, [mailing]), mailing, "lb1");
    expect(mail).toMatchObject({
      text: "=> VRRP Instance is now owning VRRP VIPs <=\n\ndirector: lb1\npriority: 150\ntime: 2026-03-01T12:00:07.000Z\nevent: 7\n",
    });
  });
});
