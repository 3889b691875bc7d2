// What an agent on a real server says of it, in HAProxy's words (agent-check): a line of words about weight and state, separated by blanks, commas or tabs.

import { fail, ok, type Result } from "../../base/result.ts";

/** What a reply comes to. `percent`: of the configured weight. */
export interface AgentReply {
  readonly up: boolean;
  readonly percent?: number;
  /** The words that decided, and what the agent says for people (after "#"). */
  readonly detail: string;
}

/** Reads a reply: up, ready; down, failed, stopped, maint, drain; "75%"; "maxconn:N" means nothing here. The last word about a thing counts. */
export function readAgentReply(line: string): Result<AgentReply, string> {
  const [said = "", ...about] = line.trim().split("#");
  const words = said.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) return fail("says nothing");
  let up = true;
  let percent: number | undefined;
  for (const word of words) {
    const lower = word.toLowerCase();
    if (lower === "up" || lower === "ready") up = true;
    else if (lower === "down" || lower === "failed" || lower === "stopped" || lower === "fail") up = false;
    else if (lower === "drain" || lower === "maint") percent = 0;
    else if (/^\d{1,3}(\.\d+)?%$/.test(lower)) percent = Math.min(Number.parseFloat(lower), 256);
    else if (!lower.startsWith("maxconn:"))
      return fail(`says ${JSON.stringify(word.slice(0, 32))}, which is not known`);
  }
  const text = about.join("#").trim();
  const detail = `agent says ${words.join(" ")}${text === "" ? "" : ` (${text})`}`;
  return ok({ up, ...(percent !== undefined && { percent }), detail });
}
