// The subject and the text of a mail, with keepalived's subjects, so that filters and people know them. The text says more than keepalived's.

import { type Notification, poolLabel } from "./notification.ts";

/** "[lb1] VRRP Instance VI_1 - Entering MASTER state", and what there is to say about it. */
export function mailText(
  notification: Notification,
  director: string,
  label = poolLabel(notification.subject),
): { readonly subject: string; readonly text: string } {
  const { subject, word } = notification;
  if (subject.type === "VS" || subject.type === "RS") return poolMail(notification, director, label);
  const what = subject.type === "INSTANCE" ? "Instance" : "Group";
  const became = word === "DELETED" ? "Deleted" : `Entering ${word} state`;
  return {
    subject: `[${director}] VRRP ${what} ${subject.name} - ${became}`,
    text: `${sentence(notification)}\n\n${details(notification, director)}\n`,
  };
}

/** What keepalived writes, and nothing else. */
function sentence({ subject, word }: Notification): string {
  if (word === "DELETED") return "=> VRRP Deleted at reload <=";
  if (subject.type === "GROUP") return `=> All VRRP group instances are now in ${word} state <=`;
  return word === "MASTER"
    ? "=> VRRP Instance is now owning VRRP VIPs <="
    : "=> VRRP Instance is no longer owning VRRP VIPs <=";
}

function details({ sequence, at, subject, priority }: Notification, director: string): string {
  return [
    `director: ${director}`,
    ...(subject.type === "INSTANCE" ? [`priority: ${priority}`] : []),
    `time: ${new Date(at).toISOString()}`,
    `event: ${sequence}`,
  ].join("\n");
}

/** "[lb1] Realserver [10.9.0.11]:tcp:80 of virtual server [10.9.0.100]:tcp:80 - DOWN". */
function poolMail(notification: Notification, director: string, label: string) {
  const { subject, word, reason } = notification;
  const lines = [`director: ${director}`, `why: ${reason ?? ""}`, `time: ${new Date(notification.at).toISOString()}`];
  const [realServer, virtualServer] = subject.type === "RS" ? splitLabel(label) : ["", label];
  const whose = `Virtualserver ${virtualServer}`;
  const what = subject.type === "RS" ? `Realserver ${realServer} of virtual server ${virtualServer}` : whose;
  return {
    subject: `[${director}] ${what} - ${word}`,
    text: `${[`=> ${what} ${word} <=`, "", ...lines, `event: ${notification.sequence}`].join("\n")}\n`,
  };
}

/** A real server's label has two parts; that of its virtual server may have a blank: "FWM 300". */
function splitLabel(label: string): readonly [string, string] {
  const at = label.indexOf(" ");
  return [label.slice(0, at), label.slice(at + 1)];
}
