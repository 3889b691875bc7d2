// The subject and the text of a mail, with keepalived's subjects, so that filters and people know them. The text says more than keepalived's.

import type { Notification } from "./notification.ts";

/** "[lb1] VRRP Instance VI_1 - Entering MASTER state", and what there is to say about it. */
export function mailText(
  notification: Notification,
  director: string,
): { readonly subject: string; readonly text: string } {
  const { subject, word } = notification;
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
