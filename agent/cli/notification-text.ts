// Those who are notified, for people: only where somebody waits or something went wrong.

import type { NotificationQueueState } from "../control/gen/vipward/v1/notification.pb.ts";
import type { State } from "../control/gen/vipward/v1/state.pb.ts";
import type { Io } from "./io.ts";
import { fittedRows } from "./output.ts";

/** A table of the queues that an operator should look at, after an empty line; nothing where there are none. */
export function notificationsText({ notificationQueues }: State, io: Io): string {
  const noteworthy = notificationQueues.filter(({ waiting, problem }) => waiting > 0n || problem !== "");
  if (noteworthy.length === 0) return "";
  return `\n${fittedRows(columns, noteworthy.map(row), io.width).join("\n")}\n`;
}

const columns = ["Notifies", "Waiting", "Delivered", "Failed", "Dropped", "Problem"];

function row({ name, waiting, delivered, failed, dropped, problem }: NotificationQueueState): readonly string[] {
  return [name, ...[waiting, delivered, failed, dropped].map(String), problem === "" ? "-" : problem];
}
