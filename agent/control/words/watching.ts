// The words for watching what is and what happens.

import type { NumberedEvent } from "../../events/event.ts";
import type { Resource, ResourceContent } from "./state.ts";

/** What a watcher wants. */
export interface WatchRequest {
  /** Stored events after this number first; undefined: from now on. */
  readonly resumeAfter: number | undefined;
  /** Which contents and whether events; all unless given. */
  readonly contents: ReadonlySet<ResourceContent | "event"> | undefined;
  /** Only what goes by one of these names, or begins with one that ends with *; all unless given. */
  readonly names?: readonly string[];
  /** Only events of these kinds; all unless given. */
  readonly eventKinds?: ReadonlySet<string>;
  /** How many messages may come as one; each by itself unless given. */
  readonly maxBatch?: number;
  /** How often resources are told with their counters although nothing changed; never unless given. */
  readonly sampleMs?: number;
  readonly heartbeatMs: number;
}

/** One thing that a watcher is told. */
export type WatchMessage =
  | { readonly kind: "established"; readonly bootId: string; readonly sequence: number }
  | { readonly kind: "too-old"; readonly oldestSequence: number }
  | { readonly kind: "changed"; readonly sequence: number; readonly resource: Resource; readonly sample?: true }
  | { readonly kind: "batch"; readonly messages: readonly WatchMessage[] }
  | {
      readonly kind: "removed";
      readonly sequence: number;
      readonly content: ResourceContent;
      readonly name: string;
    }
  | { readonly kind: "snapshot-end"; readonly sequence: number }
  | { readonly kind: "event"; readonly entry: NumberedEvent }
  | { readonly kind: "heartbeat"; readonly sequence: number }
  | { readonly kind: "overflow"; readonly sequence: number };

/** A watch that is going on. It ends after `overflow`, when it is closed, and when the agent stops. */
export interface Watch extends AsyncIterable<WatchMessage> {
  /** The same messages, as many at a time as are there. It is iterated in one of both ways. */
  groups(): AsyncIterable<readonly WatchMessage[]>;
  close(): void;
}
