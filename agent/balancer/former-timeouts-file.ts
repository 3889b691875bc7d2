import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { milliseconds } from "../base/duration.ts";
import { codeOf, messageOf, OperationError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { IpvsTimeouts } from "../kernel/ipvs-timeouts.ts";
import type { FormerTimeouts } from "./timeouts.ts";

/** The former timeouts as JSON in the runtime directory, which the next boot empties as it does the kernel's. */
export class FormerTimeoutsFile implements FormerTimeouts {
  readonly #path: string;
  readonly #log: Log;

  constructor(runtimeDirectory: string, log: Log) {
    this.#path = join(runtimeDirectory, "checkers.timeouts");
    this.#log = log;
  }

  load(): IpvsTimeouts | undefined {
    try {
      return readTimeouts(JSON.parse(readFileSync(this.#path, "utf8")));
    } catch (error) {
      if (codeOf(error) !== "ENOENT")
        this.#log.error("former-timeouts-unreadable", { path: this.#path, cause: messageOf(error) });
      return undefined;
    }
  }

  save(timeouts: IpvsTimeouts | undefined): void {
    try {
      if (timeouts === undefined) return rmSync(this.#path, { force: true });
      const temporary = `${this.#path}.new`;
      writeFileSync(temporary, JSON.stringify(timeouts), { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch (error) {
      const cause = { code: codeOf(error) ?? "EIO", text: messageOf(error) };
      throw new OperationError({ operation: "write down", object: "the IPVS timeouts of before", cause });
    }
  }
}

function readTimeouts(value: unknown): IpvsTimeouts {
  const { tcp, tcpFin, udp } = Object(value) as Record<string, unknown>;
  if (typeof tcp !== "number" || typeof tcpFin !== "number" || typeof udp !== "number")
    throw new Error('expected {"tcp": …, "tcpFin": …, "udp": …}');
  return { tcp: milliseconds(tcp), tcpFin: milliseconds(tcpFin), udp: milliseconds(udp) };
}
