// Generic netlink: one protocol for many families of the kernel, which are numbered when they register (linux/genetlink.h).

import { Attributes, writeText } from "./attribute.ts";
import type { NetlinkConnection, Outcome, WriteBody } from "./connection.ts";
import { quarters, type WordWriter } from "./writer.ts";

/** GENL_ID_CTRL: the one family whose number is fixed; it knows the others. */
const controller = 0x10;
const getFamily = 3; // CTRL_CMD_GETFAMILY
const familyId = 1; // CTRL_ATTR_FAMILY_ID
const familyName = 2; // CTRL_ATTR_FAMILY_NAME

/** The size of struct genlmsghdr, which stands before the attributes. */
export const genericHeaderSize = 4;

/** Writes struct genlmsghdr: the command and the version of the family's interface. */
export function writeGenericHeader(writer: WordWriter, command: number, version: number): void {
  writer.word(quarters(command, version, 0, 0));
}

/** The number of a family, or how the question ended. The kernel tries to load the module of a family that it does not have. */
export function resolveFamily(
  connection: NetlinkConnection,
  name: string,
): number | Exclude<Outcome, { readonly kind: "done" }> {
  const outcome = connection.request(controller, 0, askFor(name));
  if (outcome.kind !== "done") return outcome;
  const [reply] = outcome.messages;
  const id = reply === undefined ? undefined : new Attributes(reply.payload, genericHeaderSize).u16(familyId);
  return id ?? { kind: "refused", answer: { errno: 2, text: `the kernel's answer names no family ${name}` } };
}

function askFor(name: string): WriteBody {
  return (writer) => {
    writeGenericHeader(writer, getFamily, 1);
    writeText(writer, familyName, name);
  };
}
