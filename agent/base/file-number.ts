/** The number at the beginning of a tracked file's text; 0 where there is none, as keepalived reads it. Beyond 32 bits it is the last one there. */
export function fileNumber(text: string): number {
  const digits = /^\s*([+-]?\d+)/.exec(text)?.[1];
  return digits === undefined ? 0 : Math.min(Math.max(Number(digits), least), most);
}

const least = -2_147_483_648;
const most = 2_147_483_647;
