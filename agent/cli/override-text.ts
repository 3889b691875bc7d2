// Overrides as lines for people.

import type { Override } from "../control/gen/vipward/v1/override.pb.ts";
import type { Io } from "./io.ts";
import { fittedRows } from "./output.ts";
import { logLevelWord, until } from "./words.ts";

/** The overrides as a table; empty when there are none. */
export function overridesText(overrides: readonly Override[], io: Io): string {
  if (overrides.length === 0) return "";
  const rows = overrides.map(({ id, effect, author, expireTime, reason }) => [
    id,
    effectWord(effect),
    author,
    until(io.now(), expireTime),
    reason || "-",
  ]);
  return `\n${fittedRows(["Override", "Holds", "By", "Ends in", "Reason"], rows, io.width).join("\n")}\n`;
}

/** One override, for whoever has set it. */
export function overrideText({ id, expireTime }: Override, io: Io): string {
  return `${id}: for ${until(io.now(), expireTime)}, or until: vipward override clear ${JSON.stringify(id)}\n`;
}

function effectWord(effect: Override["effect"]): string {
  switch (effect?.$case) {
    case "priority":
    case "weight":
      return `${effect.$case} ${effect.value}`;
    case "leave":
      return "drained before it goes";
    case "drain":
      return "weight 0";
    case "backup":
      return "backup";
    case "pause":
      return "no probes";
    case "logLevel":
      return `log level ${logLevelWord(effect.value)}`;
    case undefined:
      return "unknown";
  }
}
