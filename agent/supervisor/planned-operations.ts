// A plan on its way to whoever asked: how much it is, what it is recognised by, and as many of its operations as anybody reads. Of a large
// configuration there are hundreds of thousands, which nobody is sent and which would take longer on their way than all the rest.

import { CryptoHasher } from "bun";
import {
  type Destination,
  destinationKeyText,
  type IpvsOperation,
  type OperationCounts,
  type ServiceKey,
  serviceKeyText,
} from "../kernel/ipvs.ts";

/** A plan. */
export interface PlannedOperations {
  readonly counts: OperationCounts;
  /** Of all operations in their order; equal for equal plans. */
  readonly digest: string;
  /** The first of them. */
  readonly first: readonly IpvsOperation[];
  /** Established connections that they cut; not in the digest, as clients come and go. */
  readonly cutConnections?: number;
}

/** More than an answer has room for, mostly. */
const mostShown = 20_000;

/** Characters that are hashed at once. */
const atOnce = 65_536;

/** The plan that operations are. */
export function plannedOperations(operations: readonly IpvsOperation[], most = mostShown): PlannedOperations {
  const hasher = new CryptoHasher("sha256");
  const keyText = rememberingText();
  let text = "";
  for (const operation of operations) {
    text += textOf(operation, keyText);
    if (text.length < atOnce) continue;
    hasher.update(text);
    text = "";
  }
  hasher.update(text);
  return { counts: countOperations(operations), digest: hasher.digest("hex"), first: operations.slice(0, most) };
}

/** How many operations there are. */
export function totalOf({ counts: { added, updated, removed } }: PlannedOperations): number {
  return added + updated + removed;
}

function countOperations(operations: readonly IpvsOperation[]): OperationCounts {
  let [added, updated, removed] = [0, 0, 0];
  for (const { kind } of operations)
    if (kind.startsWith("add-")) added += 1;
    else if (kind.startsWith("update-")) updated += 1;
    else removed += 1;
  return { added, updated, removed };
}

/** The same plan is made by the same code, fields in the same order: they are not sorted. */
function textOf(operation: IpvsOperation, keyText: (key: ServiceKey) => string): string {
  if ("service" in operation) return `${operation.kind} ${JSON.stringify(operation.service)}\n`;
  if (operation.kind === "remove-service") return `${operation.kind} ${keyText(operation.key)}\n`;
  return `${operation.kind} ${keyText(operation.key)} ${destinationText(operation.destination)}\n`;
}

/** Hundreds of thousands of them are written: field by field takes a fraction of what JSON.stringify does. */
function destinationText(destination: Destination): string {
  const { weight, forwarding, upperThreshold, lowerThreshold } = destination;
  const method = forwarding.method === "tunnel" ? JSON.stringify(forwarding) : forwarding.method;
  return `${destinationKeyText(destination)} ${weight} ${method} ${upperThreshold} ${lowerThreshold}`;
}

/** The destinations of a service follow each other, with one key. */
function rememberingText(): (key: ServiceKey) => string {
  let [last, text]: [ServiceKey | undefined, string] = [undefined, ""];
  return (key) => {
    if (key !== last) [last, text] = [key, serviceKeyText(key)];
    return text;
  };
}
