// Who is told of real servers and virtual servers, as keepalived writes them.

import { describe, expect, test } from "bun:test";
import { loadText } from "../../agent/config/load.ts";
import type { NotificationModel } from "../../agent/config/model.ts";
import { resolveSettings } from "../../agent/config/resolve.ts";
import type { Event } from "../../agent/events/event.ts";
import { type Delivery, deliveriesOf, notifyOf } from "../../agent/notifications/core/deliveries.ts";
import { notificationOf } from "../../agent/notifications/core/notifications-of.ts";
import { numbered } from "./models.ts";

const model = notificationsOf(`
notifications:
  fifos: [{path: /run/all}, {path: /run/lvs, events: lvs}, {path: /run/vrrp, events: vrrp}]
  mail: {server: mx.example.com, to: [ops@example.com]}
virtual_servers:
  - {address: 10.0.0.1, port: 80, protocol: tcp, real_servers: [{address: 10.0.1.1, port: 8081}]}
  - {firewall_mark: 300, forwarding: direct, real_servers: [{address: 10.0.1.1, port: 8081}]}
  - {name: grp udp, protocol: udp, services: [{address: 10.0.0.5, port: 80}], real_servers: [{address: 10.0.1.1, port: 8081}]}
  - {address: "fd00::1", port: 80, protocol: udp, real_servers: [{address: "fd00::11", port: 53}]}
  - name: shop
    address: 10.0.0.2
    port: 80
    protocol: tcp
    notify: {up: /bin/quorum up, down: /bin/quorum down, mail: true}
    real_servers:
      - {name: first, address: 10.0.1.1, notify: {up: /bin/up, down: /bin/down}}
      - {address: 10.0.1.2, notify: {mail: false}}
`);

describe("lines of a FIFO", () => {
  test("name an endpoint with its protocol, and a mark by its number; those of VRRP are not told", () => {
    expect(told(realServer("tcp 10.0.0.1:80", "10.0.1.1:8081", false))).toEqual([
      "/run/all <- RS [10.0.1.1]:tcp:8081 [10.0.0.1]:tcp:80 DOWN",
      "/run/lvs <- RS [10.0.1.1]:tcp:8081 [10.0.0.1]:tcp:80 DOWN",
    ]);
    expect(told(realServer("udp [fd00::1]:80", "[fd00::11]:53", true))[0]).toBe(
      "/run/all <- RS [fd00::11]:udp:53 [fd00::1]:udp:80 UP",
    );
    expect(told(quorum("mark 300 ipv4", true))[0]).toBe("/run/all <- VS FWM 300 UP");
    expect(told(realServer("mark 300 ipv4", "10.0.1.1:8081", true))[0]).toBe(
      "/run/all <- RS [10.0.1.1]:none:0 FWM 300 UP",
    );
    expect(told(quorum("grp udp", true))[0]).toBe("/run/all <- VS [grp]:0 UP");
    expect(told(realServer("grp udp", "10.0.1.1:8081", true))[0]).toBe("/run/all <- RS [10.0.1.1]:udp:8081 [grp]:0 UP");
    expect(told(quorum("tcp 10.0.0.1:80", false))[1]).toBe("/run/lvs <- VS [10.0.0.1]:tcp:80 DOWN");
  });

  test("do not tell the names that we give", () => {
    expect(told(realServer("shop", "first", true))[1]).toBe("/run/all <- RS [10.0.1.1]:tcp:80 [10.0.0.2]:tcp:80 UP");
    expect(told(quorum("shop", true))[1]).toBe("/run/all <- VS [10.0.0.2]:tcp:80 UP");
  });
});

test("scripts are run first, without further arguments, and a mail is sent where it is wanted", () => {
  expect(told(realServer("shop", "first", false))).toEqual([
    "/bin/down",
    "/run/all <- RS [10.0.1.1]:tcp:80 [10.0.0.2]:tcp:80 DOWN",
    "/run/lvs <- RS [10.0.1.1]:tcp:80 [10.0.0.2]:tcp:80 DOWN",
    "mail [lb1] Realserver [10.0.1.1]:tcp:80 of virtual server [10.0.0.2]:tcp:80 - DOWN",
  ]);
  expect(told(realServer("shop", "10.0.1.2:80", false)).some((text) => text.startsWith("mail"))).toBe(false);
  expect(told(quorum("shop", false))).toEqual([
    "/bin/quorum down",
    "/run/all <- VS [10.0.0.2]:tcp:80 DOWN",
    "/run/lvs <- VS [10.0.0.2]:tcp:80 DOWN",
    "mail [lb1] Virtualserver [10.0.0.2]:tcp:80 - DOWN",
  ]);
});

function notificationsOf(yaml: string): NotificationModel {
  const { settings, issues } = loadText(yaml, { file: "a.yaml" });
  if (settings === undefined) throw new Error(JSON.stringify(issues));
  return resolveSettings(settings).notifications;
}

function realServer(virtualServer: string, name: string, up: boolean): Event {
  return { kind: "real-server-changed", virtualServer, realServer: name, up, reason: "test" };
}

function quorum(virtualServer: string, up: boolean): Event {
  return { kind: "quorum-changed", virtualServer, up, weight: 0, quorum: 1, hysteresis: 0 };
}

function told(event: Event): string[] {
  const notification = notificationOf(numbered(7, event));
  if (notification === undefined) return [];
  const notify = notifyOf(notification.subject, [model]);
  return deliveriesOf(notification, notify, model, "lb1").map(text);
}

function text(delivery: Delivery): string {
  switch (delivery.kind) {
    case "script":
      return [...delivery.program.command, ...delivery.more].join(" ");
    case "line":
      return `${delivery.path} <- ${delivery.line}`;
    case "mail":
      return `mail ${delivery.subject}`;
  }
}
