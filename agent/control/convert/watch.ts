// From watch messages to the wire, and from the wire to what a watcher wants.

import { unreachable } from "../../base/errors.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Refusal, Resource, ResourceContent, WatchMessage, WatchRequest } from "../domain.ts";
import {
  WatchContent,
  type WatchStateRequest,
  type WatchStateResponse,
  type WatchStateResponse_Changed,
} from "../gen/vipward/v1/state_service.pb.ts";
import { eventOf } from "./event.ts";
import { overrideOf } from "./override.ts";
import {
  checkerStateOf,
  configStateOf,
  instanceStateOf,
  notificationQueueStateOf,
  processStateOf,
  syncGroupStateOf,
  virtualServerStateOf,
} from "./state.ts";
import { durationMs } from "./time.ts";

/** How often a watcher hears that nothing happened, unless it says otherwise. */
const defaultHeartbeatMs = 10_000;

const contents = {
  event: WatchContent.WATCH_CONTENT_EVENTS,
  config: WatchContent.WATCH_CONTENT_CONFIG,
  process: WatchContent.WATCH_CONTENT_PROCESSES,
  "vrrp-instance": WatchContent.WATCH_CONTENT_VRRP_INSTANCES,
  "sync-group": WatchContent.WATCH_CONTENT_SYNC_GROUPS,
  "virtual-server": WatchContent.WATCH_CONTENT_VIRTUAL_SERVERS,
  checker: WatchContent.WATCH_CONTENT_CHECKERS,
  "notification-queue": WatchContent.WATCH_CONTENT_NOTIFICATION_QUEUES,
  override: WatchContent.WATCH_CONTENT_OVERRIDES,
} as const satisfies Readonly<Record<ResourceContent | "event", WatchContent>>;

/** The shortest time between heartbeats that a client may ask for. */
const shortestHeartbeatMs = 100;

/** What the client wants. Contents that this build does not know are ignored. */
export function watchRequestOf(request: WatchStateRequest): Result<WatchRequest, Refusal> {
  const { resumeAfter, heartbeatInterval } = request;
  const heartbeatMs = heartbeatInterval === undefined ? defaultHeartbeatMs : durationMs(heartbeatInterval);
  if (heartbeatMs < shortestHeartbeatMs) return fail(heartbeatTooShort(heartbeatMs));
  return ok({
    resumeAfter: resumeAfter === undefined ? undefined : Number(resumeAfter),
    contents: request.contents.length === 0 ? undefined : wantedContents(request.contents),
    heartbeatMs,
  });
}

function wantedContents(asked: readonly WatchContent[]): ReadonlySet<ResourceContent | "event"> {
  const words = Object.keys(contents) as (ResourceContent | "event")[];
  return new Set(words.filter((word) => asked.includes(contents[word])));
}

function heartbeatTooShort(given: number): Refusal {
  const message = `${given} ms is too short, expected at least ${shortestHeartbeatMs} ms`;
  return { kind: "invalid-argument", field: "heartbeat_interval", message };
}

/** One message on the wire. */
export function watchResponseOf(message: WatchMessage): WatchStateResponse {
  return { message: messageOf(message) };
}

function messageOf(message: WatchMessage): WatchStateResponse["message"] {
  switch (message.kind) {
    case "established":
      return { $case: "established", value: { bootId: message.bootId, sequence: BigInt(message.sequence) } };
    case "too-old":
      return { $case: "tooOld", value: { oldestSequence: BigInt(message.oldestSequence) } };
    case "changed":
      return {
        $case: "changed",
        value: { sequence: BigInt(message.sequence), resource: resourceOf(message.resource) },
      };
    case "removed": {
      const { sequence, content, name } = message;
      return { $case: "removed", value: { sequence: BigInt(sequence), content: contents[content], name } };
    }
    case "snapshot-end":
      return { $case: "snapshotEnd", value: { sequence: BigInt(message.sequence) } };
    case "event":
      return { $case: "event", value: eventOf(message.entry) };
    case "heartbeat":
      return { $case: "heartbeat", value: { sequence: BigInt(message.sequence) } };
    case "overflow":
      return { $case: "overflow", value: { sequence: BigInt(message.sequence) } };
    default:
      return unreachable(message);
  }
}

function resourceOf(resource: Resource): WatchStateResponse_Changed["resource"] {
  switch (resource.content) {
    case "config":
      return { $case: "config", value: configStateOf(resource.value) };
    case "process":
      return { $case: "process", value: processStateOf(resource.value) };
    case "vrrp-instance":
      return { $case: "vrrpInstance", value: instanceStateOf(resource.value) };
    case "sync-group":
      return { $case: "syncGroup", value: syncGroupStateOf(resource.value) };
    case "virtual-server":
      return { $case: "virtualServer", value: virtualServerStateOf(resource.value) };
    case "checker":
      return { $case: "checker", value: checkerStateOf(resource.value) };
    case "notification-queue":
      return { $case: "notificationQueue", value: notificationQueueStateOf(resource.value) };
    case "override":
      return { $case: "override", value: overrideOf(resource.value) };
    default:
      return unreachable(resource);
  }
}
