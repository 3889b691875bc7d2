// What one vrrp process leaves behind for the next: which instances were master, and which addresses they held. Times are of the
// monotonic clock, which is worth something during one boot only; so the boot is part of the record.

import { type IpAddress, parseAddress } from "../../base/address.ts";
import { type Instant, instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { VrrpState } from "../../events/event.ts";
import type { RouterIdentity } from "./configuration-change.ts";

/** What is remembered of one instance. */
export interface ResumeInstance extends RouterIdentity {
  readonly name: string;
  /** Its place in the file of last advertisements. */
  readonly slot: number;
  readonly state: VrrpState;
  /** Since when it is in this state, Unix milliseconds. */
  readonly since: number;
  /** The addresses that it has put on interfaces. */
  readonly addresses: readonly VirtualAddressModel[];
  /** After how long without an advertisement the peers count this router as down. */
  readonly masterDownInterval: Milliseconds;
  readonly lastAdvertisementAt: Instant | undefined;
}

/** What is remembered of all instances. */
export interface ResumeRecord {
  /** The kernel's identifier of the boot that the times belong to. */
  readonly boot: string;
  readonly instances: readonly ResumeInstance[];
}

/** Writes a record: one line of JSON. */
export function encodeResumeRecord(record: ResumeRecord): string {
  return `${JSON.stringify({ format, ...record })}\n`;
}

/** Reads a record, or says what is wrong with it. Never throws: the file may be cut off or of another build. */
export function decodeResumeRecord(text: string): Result<ResumeRecord, string> {
  const value = parseJson(text);
  if (!isObject(value)) return fail("it is not a JSON object");
  if (value.format !== format) return fail(`its format is ${JSON.stringify(value.format)}, expected ${format}`);
  const { boot, instances } = value;
  if (typeof boot !== "string" || !Array.isArray(instances)) return fail("it has no boot or no instances");
  const decoded = instances.map(decodeInstance);
  const whole = decoded.filter((instance) => instance !== undefined);
  return whole.length === decoded.length ? ok({ boot, instances: whole }) : fail("an instance in it is incomplete");
}

/** Grows when the meaning of a field changes: another build's record is then not misread. */
const format = 2;

const states: readonly unknown[] = ["initialize", "backup", "master", "fault"] satisfies VrrpState[];

function decodeInstance(value: unknown): ResumeInstance | undefined {
  if (!isObject(value)) return undefined;
  const { name, slot, interface: link, virtualRouterId, state, since, masterDownInterval, lastAdvertisementAt } = value;
  const family = value.family === "ipv4" || value.family === "ipv6" ? value.family : undefined;
  const version = value.version === 2 || value.version === 3 ? value.version : undefined;
  const addresses = decodeAddresses(value.addresses);
  if (typeof name !== "string" || typeof link !== "string" || !isCount(slot) || !isCount(virtualRouterId))
    return undefined;
  if (family === undefined || version === undefined || addresses === undefined || !isState(state)) return undefined;
  if (typeof since !== "number" || typeof masterDownInterval !== "number") return undefined;
  const last = typeof lastAdvertisementAt === "number" ? instant(lastAdvertisementAt) : undefined;
  return {
    name,
    slot,
    interface: link,
    virtualRouterId,
    family,
    version,
    state,
    since,
    addresses,
    masterDownInterval: milliseconds(masterDownInterval),
    lastAdvertisementAt: last,
  };
}

function decodeAddresses(value: unknown): VirtualAddressModel[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const decoded = value.map(decodeAddress);
  const whole = decoded.filter((address) => address !== undefined);
  return whole.length === decoded.length ? whole : undefined;
}

function decodeAddress(value: unknown): VirtualAddressModel | undefined {
  if (!isObject(value) || typeof value.address !== "string" || typeof value.interface !== "string") return undefined;
  const address: IpAddress | undefined = parseAddress(value.address);
  const prefixLength = value.prefixLength;
  if (address === undefined || !isCount(prefixLength) || prefixLength > 128) return undefined;
  return { address, prefixLength, interface: value.interface };
}

function isState(value: unknown): value is VrrpState {
  return states.includes(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
