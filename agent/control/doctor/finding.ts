// What a look at the host comes to: findings, and what they are made from.

import type { IpAddress } from "../../base/address.ts";
import type { Model } from "../../config/model.ts";
import type { StateSnapshot } from "../words/state.ts";

/** Something that an operator should know. */
export interface Finding {
  /** error: it does not work, or will not when it is needed. warning: it may not. info: worth knowing. */
  readonly severity: "error" | "warning" | "info";
  /** Where: a setting, an interface, a file, a process. */
  readonly subject: string;
  readonly problem: string;
  readonly remedy: string;
}

/** The host, as the control process can see it. Whatever cannot be read is undefined. */
export interface Host {
  /** Unix milliseconds. */
  readonly now: number;
  /** The text of a file, mostly below /proc and /sys. */
  read(path: string): string | undefined;
  /** The names in a folder. */
  list(path: string): readonly string[];
  readonly addresses: readonly { readonly address: IpAddress; readonly interface: string }[];
  /** Whether the kernel's clock is kept in time by a program. */
  readonly isClockKept: boolean | undefined;
  /** The services in the kernel's IPVS table, by their keys; undefined where it has no IPVS. */
  readonly services: readonly string[] | undefined;
  /** What is left in the file system of a folder. */
  free(path: string): { readonly bytes: number; readonly files: number } | undefined;
}

/** The agent, as it knows itself. */
export interface Self {
  readonly state: StateSnapshot;
  /** What runs; undefined where nothing was ever applied. */
  readonly model: Model | undefined;
  readonly stateDirectory: string;
  /** The certificates of the API over TCP. */
  readonly certificates: readonly { readonly file: string; readonly notAfter: number }[];
  /** What this machine has to say of the running configuration. */
  readonly remarks: readonly { readonly path?: string; readonly message: string }[];
  /** What is missing of the rights without which nothing works. */
  readonly missingRights: string | undefined;
}

/** One thing that is looked at. */
export type Check = (host: Host, self: Self) => readonly Finding[];

/** A number in a file; undefined where there is none. */
export function numberIn(host: Host, path: string): number | undefined {
  const text = host.read(path)?.trim();
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}
