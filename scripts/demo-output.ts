// How the demo talks: titles, lines, tables that line up.

import Table from "cli-table3";

const colored = process.env.VIPWARD_COLOR === "yes";

/** A heading of the story. */
export function title(text: string): void {
  console.log(colored ? `\n\x1b[1;36m${text}\x1b[0m` : `\n== ${text}`);
}

/** A line of the story. */
export function say(text: string): void {
  console.log(text);
}

/** Rows under a head, in columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "  ",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "   ",
  };
  const shown = new Table({
    head: [...head],
    chars: none,
    style: { head: colored ? ["bold"] : [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const row of rows) shown.push([...row]);
  console.log(`${shown.toString().replaceAll(/ +$/gm, "")}\n`);
}

/** A time as people read it: "4.2 ms", "361 ms", "3.61 s". */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
