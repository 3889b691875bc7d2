/** Whether brackets or dashes nest beyond anything that could be a configuration, for which a parser would take minutes. Brackets in
 * texts count too: a configuration has no hundreds of those either. */
export function isTooDeep(text: string): boolean {
  if (/(?:[-?:]\s){100}/.test(text)) return true;
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    if (depth > 200) return true;
  }
  return false;
}
