// The plain values that several parts of the configuration share: whole numbers with limits, names, texts with a pattern.

import * as z from "zod";

/** A whole number between two limits, both inclusive. */
export function integer(min: number, max: number) {
  return z.int().check(z.gte(min), z.lte(max));
}

/** A TCP, UDP or SCTP port; 0 is none. */
export function port() {
  return integer(1, 65535);
}

/** A text that matches the pattern; `expected` says in words what that means. */
export function pattern(expression: RegExp, expected: string) {
  return z.string().check(
    z.refine((text: string) => expression.test(text), {
      error: (issue) => `${JSON.stringify(issue.input)} is not allowed here`,
      params: { expected },
    }),
  );
}

/** A name that people choose: 1 to 128 printable characters, no blank at either end. */
export function name() {
  return pattern(/^(?=[^\s])[^\p{Cc}]{1,128}(?<!\s)$/u, "1 to 128 printable characters without blanks around them");
}

/** The name of a network interface (IFNAMSIZ in the kernel's if.h: 15 characters). */
export function interfaceName() {
  return pattern(/^(?!\.{1,2}$)[^\s/:\p{Cc}]{1,15}$/u, "an interface name of 1 to 15 characters like eth0");
}

/** The value of a Host header: a name or address, with or without a port. */
export function hostHeader() {
  return pattern(/^[!-~]{1,255}$/, "a host name like www.example.com, with or without :port");
}

/** The name of a host, as it stands in certificates (RFC 1123, section 2.1). */
export function hostName() {
  return pattern(
    /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?(\.[A-Za-z0-9_-]{1,63})*$/,
    "a host name like www.example.com",
  );
}

/** The path of a file that does not depend on where the agent was started. */
export function absolutePath() {
  return pattern(/^\/[^\0]{1,4095}$/, "a path that begins with /");
}

/** The path of a request, with its query. */
export function requestPath() {
  return pattern(/^\/[!-~]{0,2047}$/, "a path that begins with / and has no blanks, like /health");
}

/** A digest as keepalived's genhash prints it; upper-case digits are accepted and made lower-case. */
export function md5Digest() {
  return z
    .string()
    .toLowerCase()
    .check(
      z.refine((text: string) => /^[0-9a-f]{32}$/.test(text), {
        error: (issue) => `${JSON.stringify(issue.input)} is not an MD5 digest`,
        params: { expected: "32 hexadecimal digits" },
      }),
    );
}
