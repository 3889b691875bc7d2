// What an instance remembers of itself, for whoever asks how it came to be what it is.

import type { IpAddress } from "../../base/address.ts";
import type { Instant, Milliseconds } from "../../base/duration.ts";

/** What another router last said. */
export interface HeardPeer {
  readonly address: IpAddress;
  readonly priority: number;
  readonly interval: Milliseconds;
  readonly heardAt: Instant;
}

/** The memory of one instance. */
export interface Story {
  /** The row that led to the state, and the advertisement that it was taken for. */
  readonly row: string;
  readonly packet: HeardPeer | undefined;
  /** The others, in the order in which they were last heard. */
  readonly peers: Map<IpAddress, HeardPeer>;
}

/** The memory of an instance to which nothing has happened yet. */
export function emptyStory(): Story {
  return { row: "", packet: undefined, peers: new Map() };
}
