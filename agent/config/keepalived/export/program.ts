import { accountWords, quoted, type Values, type Writer } from "./lines.ts";

/** `keyword "COMMAND" [USER [GROUP]]` */
export function program(keyword: string): Writer {
  return (value) => {
    const { command, ...accounts } = typeof value === "object" ? (value as Values) : { command: value };
    return [keyword, quoted(String(command)), ...accountWords(accounts)].join(" ");
  };
}
