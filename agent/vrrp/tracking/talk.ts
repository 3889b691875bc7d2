// What the vrrp process and the trackers process say to each other, one JSON object a line over the trackers' standard input and output.

import type { WatchedModel } from "../../config/model.ts";
import type { Finding } from "./watcher.ts";

/** To the trackers: what to follow. The end of the input ends them. */
export interface Follow {
  readonly kind: "follow";
  readonly watched: WatchedModel | null;
}

/** From the trackers: what was found, and that they still live. */
export type Word = { readonly kind: "finding"; readonly finding: Finding } | { readonly kind: "alive" };

/** How often the trackers say that they live, and after what silence they count as hung. */
export const aliveMs = 1000;
export const silenceMs = 5000;

/** Cuts what comes in pieces into lines, and gives each as the object that it is. */
export function readLines<T>(onLine: (line: T) => void): (piece: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (piece) => {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(JSON.parse(line) as T);
  };
}
