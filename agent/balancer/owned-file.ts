import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAddress } from "../base/address.ts";
import { codeOf, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { protocols, type ServiceKey } from "../kernel/ipvs.ts";
import type { OwnedServices } from "./ownership.ts";

/** The keys of our services as JSON in the runtime directory, which the next boot empties together with the kernel's table. A new file takes
 * the place of the old one by rename, so that a reader finds either. */
export class OwnedFile implements OwnedServices {
  readonly #path: string;
  readonly #log: Log;

  constructor(runtimeDirectory: string, log: Log) {
    this.#path = join(runtimeDirectory, "checkers.owned");
    this.#log = log;
  }

  /** An unreadable file is said in the log and counts as empty: services of a former configuration then stay in the kernel, which is better than removing somebody else's. */
  load(): readonly ServiceKey[] {
    try {
      return readKeys(JSON.parse(readFileSync(this.#path, "utf8")));
    } catch (error) {
      if (codeOf(error) !== "ENOENT")
        this.#log.error("owned-services-unreadable", { path: this.#path, cause: messageOf(error) });
      return [];
    }
  }

  save(keys: readonly ServiceKey[]): void {
    const temporary = `${this.#path}.new`;
    writeFileSync(temporary, JSON.stringify({ services: keys }), { mode: 0o600 });
    renameSync(temporary, this.#path);
  }
}

function readKeys(value: unknown): ServiceKey[] {
  const list = typeof value === "object" && value !== null && "services" in value ? value.services : undefined;
  if (!Array.isArray(list)) throw new Error('expected {"services": [...]}');
  return list.map(readKey);
}

function readKey(value: unknown): ServiceKey {
  const { kind, protocol, address, port, mark, family } = Object(value) as Record<string, unknown>;
  const knownProtocol = protocols.find((known) => known === protocol);
  const parsed = typeof address === "string" ? parseAddress(address) : undefined;
  if (kind === "address" && knownProtocol && parsed && typeof port === "number")
    return { kind, protocol: knownProtocol, address: parsed, port };
  if (kind === "mark" && typeof mark === "number" && (family === "ipv4" || family === "ipv6"))
    return { kind, mark, family };
  throw new Error(`${JSON.stringify(value)} is not a service key`);
}
