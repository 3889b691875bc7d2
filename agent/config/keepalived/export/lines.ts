// Lines of a keepalived.conf, made of the values of a rendered document.

import { parseDuration } from "../../../base/duration.ts";

/** An object of a rendered document: names in snake_case, durations as texts, what equals its default left out. */
export type Values = Readonly<Record<string, unknown>>;

/** How the value of a field is written; undefined: it is not. */
export type Writer = (value: unknown) => string | undefined;

/** The lines of an object: each of its fields that a table knows, as `keyword value`. */
export function fieldLines(values: Values, table: Readonly<Record<string, Writer>>): string[] {
  return Object.entries(table).flatMap(([field, write]) => {
    const line = values[field] === undefined ? undefined : write(values[field]);
    return line === undefined ? [] : line.split("\n");
  });
}

/** `head {`, the lines, `}`. */
export function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `    ${line}`), "}"];
}

/** A word or number after its keyword, in quotes where it needs them. */
export function word(keyword: string): Writer {
  return (value) => `${keyword} ${quoted(String(value))}`;
}

/** A duration in seconds. */
export function duration(keyword: string): Writer {
  return (value) => `${keyword} ${secondsOf(value)}`;
}

/** A duration in whole seconds, which is all that keepalived takes in some places: a part of one becomes a whole one. */
export function wholeSeconds(keyword: string): Writer {
  return (value) => `${keyword} ${Math.ceil(Number(secondsOf(value)))}`;
}

/** A flag that is written when the value is this one. */
export function flag(keyword: string, when = true): Writer {
  return (value) => (value === when ? keyword : undefined);
}

/** A flag that may be off against its default. */
export function toggle(keyword: string): Writer {
  return (value) => `${keyword} ${value === true ? "on" : "off"}`;
}

/** A word that stands for another. */
export function choice(keyword: string, words: Readonly<Record<string, string>>): Writer {
  return (value) => {
    const found = words[String(value)];
    return found === undefined ? undefined : `${keyword} ${found}`;
  };
}

/** A word as the lexer reads it back. */
export function quoted(text: string): string {
  return /^[^\s"'\\#!{}$@~]+$/.test(text)
    ? text
    : `"${text.replace(/["\\]/g, "\\$&").replace(/\$(?=[A-Za-z_{])/g, "\\$")}"`;
}

/** The seconds of a rendered duration, with as many decimals as it takes. */
export function secondsOf(value: unknown): string {
  const parsed = typeof value === "number" ? value * 1000 : parseDuration(String(value));
  return parsed === undefined ? String(value) : String(parsed / 1000);
}

/** The objects of a list; a short form is an object with one field. */
export function objectsOf(value: unknown, short: string): Values[] {
  if (!Array.isArray(value)) return [];
  return value.map((item) => (typeof item === "object" && item !== null ? (item as Values) : { [short]: item }));
}

/** `USER [GROUP]` of a program; nothing where neither is given. */
export function accountWords({ user, group }: Values): string[] {
  return [user, group].filter((account) => account !== undefined).map((account) => quoted(String(account)));
}
