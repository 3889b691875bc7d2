// The authentication of draft-cassen-vrrp-auth-hmac (keepalived 2.4: auth_hmac): a trailer with a time-based sequence and an HMAC.

import * as z from "zod";
import { milliseconds, seconds } from "../../base/duration.ts";
import { duration } from "./duration.ts";
import { says } from "./says.ts";
import { integer } from "./scalar.ts";

/** 32 to 64 bytes, as keepalived has it. */
export const keyLength = { least: 32, most: 64 } as const;

const keySchema = z.strictObject({
  id: integer(0, 255).register(...says("Its number, which travels with each advertisement.")),
  key: z
    .string()
    .check(
      z.refine((text: string) => isKey(text), {
        error: "the key is not allowed",
        params: { expected: "32 to 64 printable characters, or hex: and 64 to 128 hexadecimal digits" },
      }),
    )
    .optional()
    .register(...says("The key: 32 to 64 characters, or hex: with 64 to 128 digits. Never shown again."))
    .meta({ secret: true }),
  file: z
    .string()
    .check(
      z.refine((text: string) => /^\/[^\p{Cc}]{1,4000}$/u.test(text), {
        error: "the path is not allowed",
        params: { expected: "an absolute path" },
      }),
    )
    .optional()
    .register(
      ...says(
        "A file of the director with the key in it, instead of the key itself; read when the configuration is applied.",
      ),
    ),
});

/** An HMAC over each advertisement. */
export const authHmacSchema = z.strictObject({
  keys: z
    .array(keySchema)
    .check(z.minLength(1))
    .register(...says("The keys that are accepted.")),
  activeKey: integer(0, 255)
    .optional()
    .register(
      ...says(
        "The number of the key to sign with; the first one's unless given. Change it when all directors have the new key.",
      ),
    ),
  antiReplay: z
    .enum(["time", "monotonic"])
    .default("time")
    .register(
      ...says(
        "time: refuse what is older or newer than the window by the director's clock. monotonic: only that sequences grow, for directors without a common time.",
      ),
    ),
  timeWindow: duration({ min: seconds(1), max: seconds(300), step: seconds(1) })
    .optional()
    .register(...says("How far a sender's clock may be from ours; three intervals and at least 5s unless given.")),
  mode: z
    .enum(["enforce", "permissive", "receive-only"])
    .default("enforce")
    .register(
      ...says(
        "enforce: sign, and refuse what is not signed. permissive: sign, and accept what has no trailer. receive-only: verify trailers, but send none.",
      ),
    ),
});

function isKey(text: string): boolean {
  const hex = /^hex:((?:[0-9a-f]{2})*)$/i.exec(text)?.[1];
  const length = hex === undefined ? text.length : hex.length / 2;
  return /^[ -~]*$/.test(text) && length >= keyLength.least && length <= keyLength.most;
}

/** The least window of the draft's time mode. */
export const leastTimeWindow = milliseconds(5000);
