// Overrides in explanations.

import { effectText, type Override } from "../overrides/override.ts";

/** What is overridden, by whom, why. */
export function overrideSentence({ effect, author, reason, until }: Override): string {
  const why = reason === "" ? "" : `: ${reason}`;
  return `overridden by ${author} until ${new Date(until).toISOString()}: ${effectText(effect)}${why}`;
}

/** How it ends. */
export function overrideRemedy({ id }: Override): string {
  return `end the override: vipward override clear ${JSON.stringify(id)}`;
}
