import { addressBytes, parseAddress } from "../../../base/address.ts";
import { type Directive, numberOf, takeArguments } from "../directive.ts";
import { complain, setField } from "../draft.ts";
import type { Word } from "../parser.ts";

/** `persistence_timeout [SECONDS]`; bare it is six minutes. */
export const persistence: Directive = (statement, server, run) => {
  const [word] = takeArguments(statement, run, 0, 1);
  setField(run, server, "persistenceTimeout", word === undefined ? 360 : numberOf(word), statement);
};

/** `persistence_granularity MASK`: a dotted mask for IPv4, a prefix length for IPv6. */
export const persistenceGranularity: Directive = (statement, server, run) => {
  const [word] = takeArguments(statement, run, 1, 1);
  if (word === undefined) return;
  const bits = word.text.includes(".") ? maskLength(word) : numberOf(word);
  if (bits !== undefined) return setField(run, server, "persistenceGranularity", bits, statement);
  complain(run, "error", word, `${JSON.stringify(word.text)} is not a network mask`, {
    expected: "a mask like 255.255.255.0",
  });
};

function maskLength(word: Word): number | undefined {
  const address = parseAddress(word.text);
  if (address === undefined) return undefined;
  const bits = [...addressBytes(address)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return /^1*0*$/.test(bits) ? bits.lastIndexOf("1") + 1 : undefined;
}
