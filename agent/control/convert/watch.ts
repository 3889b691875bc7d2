// From watch messages to the wire, and from the wire to what a watcher wants.

import { unreachable } from "../../base/errors.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { frameOf } from "../framed-messages.ts";
import { Event } from "../gen/vipward/v1/event.pb.ts";
import {
  type GetStateRequest,
  type ListEventsRequest,
  type ListEventsResponse,
  WatchContent,
  type WatchStateRequest,
  WatchStateResponse,
  type WatchStateResponse_Changed,
} from "../gen/vipward/v1/state_service.pb.ts";
import type { Wish } from "../wanted.ts";
import type { Refusal } from "../words/refusal.ts";
import type { Resource, ResourceContent, StoredEvents } from "../words/state.ts";
import type { WatchMessage, WatchRequest } from "../words/watching.ts";
import { bfdSessionStateOf } from "./bfd.ts";
import { eventOf } from "./event.ts";
import { fitting, inFittingGroups } from "./fitting.ts";
import { overrideOf } from "./override.ts";
import {
  belongingOf,
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
  "static-object": WatchContent.WATCH_CONTENT_STATIC_OBJECTS,
  "bfd-session": WatchContent.WATCH_CONTENT_BFD_SESSIONS,
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
  const sample = sampleMs(request);
  if (!sample.ok) return sample;
  const { names, eventKinds, maxBatch } = request;
  return ok({
    ...(names.length > 0 && { names }),
    ...(eventKinds.length > 0 && { eventKinds: new Set(eventKinds) }),
    ...(maxBatch > 1 && { maxBatch: Math.min(maxBatch, largestBatch) }),
    ...(sample.value !== undefined && { sampleMs: sample.value }),
    resumeAfter: resumeAfter === undefined ? undefined : Number(resumeAfter),
    contents: request.contents.length === 0 ? undefined : wantedContents(request.contents),
    heartbeatMs,
  });
}

/** Messages that may come as one. */
const largestBatch = 1000;

/** The shortest time between samples: each is gathered anew from the processes. */
const shortestSampleMs = 1000;

function sampleMs({ sampleInterval }: WatchStateRequest): Result<number | undefined, Refusal> {
  const ms = sampleInterval === undefined ? undefined : durationMs(sampleInterval);
  if (ms === undefined || ms >= shortestSampleMs) return ok(ms);
  const message = `${ms} ms is too short, expected at least ${shortestSampleMs} ms`;
  return fail({ kind: "invalid-argument", field: "sample_interval", message });
}

function wantedContents(asked: readonly WatchContent[]): ReadonlySet<ResourceContent | "event"> {
  const words = Object.keys(contents) as (ResourceContent | "event")[];
  return new Set(words.filter((word) => asked.includes(contents[word])));
}

function heartbeatTooShort(given: number): Refusal {
  const message = `${given} ms is too short, expected at least ${shortestHeartbeatMs} ms`;
  return { kind: "invalid-argument", field: "heartbeat_interval", message };
}

/** What was converted already: the same change goes to all who watch. */
const converted = new WeakMap<WatchMessage, WatchStateResponse>();

/** One message on the wire. The same message is converted once, however many watch. */
export function watchResponseOf(message: WatchMessage): WatchStateResponse {
  const known = converted.get(message);
  if (known !== undefined) return known;
  const response = { message: messageOf(message) };
  converted.set(message, response);
  return response;
}

/** A message as one or more on the wire: a batch that is larger than clients take comes as several. */
export function watchResponsesOf(message: WatchMessage): readonly WatchStateResponse[] {
  if (message.kind !== "batch") return [watchResponseOf(message)];
  const size = (part: WatchStateResponse) => framedResponse(part).length;
  const groups = inFittingGroups(message.messages.map(watchResponseOf), size);
  return groups.length <= 1
    ? [watchResponseOf(message)]
    : groups.map((messages) => ({ message: { $case: "batch", value: { messages } } }));
}

/** The bytes that a resource has in a message. */
export function resourceSize(resource: Resource): number {
  const changed = { sequence: 0n, resource: resourceOf(resource), sample: false };
  return WatchStateResponse.encode({ message: { $case: "changed", value: changed } }).finish().length;
}

const framed = new WeakMap<WatchStateResponse, Buffer>();

/** The bytes of a response in gRPC's frame, made once for all who get it. */
function framedResponse(response: WatchStateResponse): Buffer {
  const known = framed.get(response);
  if (known !== undefined) return known;
  const bytes = frameOf(WatchStateResponse.encode(response).finish());
  framed.set(response, bytes);
  return bytes;
}

/** What was put together last: most who watch get the same at the same time. */
let together: { readonly responses: readonly WatchStateResponse[]; readonly bytes: Buffer } | undefined;

/** The bytes of responses, one after the other. */
export function framedResponses(responses: readonly WatchStateResponse[]): Buffer {
  const [first] = responses;
  if (first !== undefined && responses.length === 1) return framedResponse(first);
  const former = together;
  if (former?.responses.length === responses.length && responses.every((one, at) => one === former.responses[at]))
    return former.bytes;
  const bytes = Buffer.concat(responses.map(framedResponse));
  together = { responses, bytes };
  return bytes;
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
        value: {
          sequence: BigInt(message.sequence),
          resource: resourceOf(message.resource),
          sample: message.sample === true,
        },
      };
    case "batch":
      return { $case: "batch", value: { messages: message.messages.map(watchResponseOf) } };
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
    case "static-object":
      return { $case: "staticObject", value: belongingOf(resource.value) };
    case "bfd-session":
      return { $case: "bfdSession", value: bfdSessionStateOf(resource.value) };
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

/** Which parts of a snapshot a request wants. */
export function wantedRequestOf({ contents: asked, names }: GetStateRequest): Result<Wish, Refusal> {
  return ok({
    contents: asked.length === 0 ? undefined : wantedContents(asked),
    ...(names.length > 0 && { names }),
  });
}

/** How many events an answer has. */
export function eventsPageOf({ pageSize }: ListEventsRequest): number {
  return pageSize === 0 ? 100 : Math.min(pageSize, 1000);
}

/** A part of the journal on the wire. */
export function listEventsResponseOf({ events, tooOld, isPart }: StoredEvents): ListEventsResponse {
  const { shown, omitted } = fitting(events, eventOf, Event);
  const last = shown.at(-1)?.sequence ?? 0n;
  return { events: shown, oldestSequence: BigInt(tooOld ?? 0), nextAfter: isPart || omitted > 0 ? last : 0n };
}
