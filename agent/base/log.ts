// Logs for people and for collectors: one event name and its fields a line, to stderr.

/** The severity of a line, least first. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** How a line is written: for a terminal, one JSON object a line, or with the syslog prefix that journald understands. */
export const logFormats = ["text", "json", "journald"] as const;
export type LogFormat = (typeof logFormats)[number];

/** What a line may carry; undefined fields are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes lines. The name says what happened in kebab-case ("vrrp-state-changed"); the fields say to what. */
export interface Log {
  debug(name: string, fields?: LogFields): void;
  info(name: string, fields?: LogFields): void;
  warn(name: string, fields?: LogFields): void;
  error(name: string, fields?: LogFields): void;
}

/** What a log needs from outside. */
export interface LogOptions {
  readonly process: string;
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly color: boolean;
  readonly wall: () => number;
  readonly write: (line: string) => void;
}

/** A log whose level may change while it is used. */
export interface AdjustableLog extends Log {
  setLevel(level: LogLevel): void;
}

/** Makes a log that writes lines of at least the given level. */
export function createLog(options: LogOptions): AdjustableLog {
  const render = { text: textLine, json: jsonLine, journald: journaldLine }[options.format];
  let least = logLevels.indexOf(options.level);
  const at =
    (level: LogLevel) =>
    (name: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(level) < least) return;
      options.write(`${render(options, level, name, fields)}\n`);
    };
  const setLevel = (level: LogLevel) => {
    least = logLevels.indexOf(level);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), setLevel };
}

/** A log that writes nothing, for tests and for callers that have none. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const colors: Readonly<Record<LogLevel, string>> = {
  debug: "\x1b[2m",
  info: "\x1b[36m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
};
const syslogPriority: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

function textLine(options: LogOptions, level: LogLevel, name: string, fields: LogFields): string {
  const time = new Date(options.wall()).toISOString().slice(11, 23);
  const word = level.padEnd(5);
  const shown = options.color ? `${colors[level]}${word}\x1b[0m` : word;
  return `${time} ${shown} ${options.process.padEnd(8)} ${name}${fieldText(fields)}`;
}

function jsonLine(options: LogOptions, level: LogLevel, name: string, fields: LogFields): string {
  return JSON.stringify({
    time: new Date(options.wall()).toISOString(),
    level,
    process: options.process,
    event: name,
    ...fields,
  });
}

function journaldLine(options: LogOptions, level: LogLevel, name: string, fields: LogFields): string {
  return `<${syslogPriority[level]}>${options.process}: ${name}${fieldText(fields)}`;
}

function fieldText(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => ` ${key}=${typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`,
    )
    .join("");
}
