import * as z from "zod";
import {
  formatInterfaceAddress,
  type InterfaceAddress,
  type IpAddress,
  parseAddress,
  parseInterfaceAddress,
} from "../../base/address.ts";

/** An IPv4 or IPv6 address: a text in documents, its canonical text in settings. */
export function address() {
  return z.codec(z.string(), z.custom<IpAddress>(), {
    decode(text, context) {
      const parsed = parseAddress(text);
      if (parsed !== undefined) return parsed;
      context.issues.push(
        wrong(text, "is not an IP address", "an IPv4 or IPv6 address like 10.9.0.11 or 2001:db8::11"),
      );
      return z.NEVER;
    },
    encode: (value) => value,
  });
}

/** An address with the length of its prefix, "10.9.0.100/24" in documents; without a length it is a host's (32 or 128). */
export function interfaceAddress() {
  return z.codec(z.string(), z.custom<InterfaceAddress>(), {
    decode(text, context) {
      const parsed = parseInterfaceAddress(text);
      if (parsed !== undefined) return parsed;
      context.issues.push(
        wrong(text, "is not an address with a prefix length", "an address like 10.9.0.100/24 or 10.9.0.100"),
      );
      return z.NEVER;
    },
    encode: formatInterfaceAddress,
  });
}

function wrong(text: string, problem: string, expected: string) {
  return { code: "custom" as const, input: text, message: `${JSON.stringify(text)} ${problem}`, params: { expected } };
}
