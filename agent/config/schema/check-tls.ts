// TLS of checks: whether the real server's certificate is looked at, and by which name it is asked for.

import * as z from "zod";
import { seconds } from "../../base/duration.ts";
import { duration } from "./duration.ts";
import { says } from "./says.ts";
import { absolutePath, hostName } from "./scalar.ts";

const time = () => duration({ min: seconds(1), max: seconds(3650 * 86_400) }).optional();

/** TLS of one check. */
export const checkTlsSchema = z.strictObject({
  sni: z
    .boolean()
    .default(true)
    .register(...says("Whether to ask for a name (SNI, enable_sni): server_name, else virtual_host.")),
  serverName: hostName()
    .optional()
    .register(...says("The name to ask for (sni_name), and the one that a verified certificate must be for.")),
  verify: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "Whether the certificate must be trusted and for this name; keepalived never looks. Without it any one will do.",
      ),
    ),
  caFile: absolutePath()
    .optional()
    .register(...says("The certificates to trust, as PEM; the well-known authorities unless given. With verify.")),
  certificateFile: absolutePath()
    .optional()
    .register(...says("Our certificate, as PEM, with those that it needs, for servers that ask who we are.")),
  keyFile: absolutePath()
    .optional()
    .register(...says("The key of our certificate, as PEM; in the same file unless given.")),
  keyPasswordFile: absolutePath()
    .optional()
    .register(...says("A file with the password of the key, where it has one.")),
  warnBefore: time().register(
    ...says("Warn so long before the certificate ends, by an event and in the state; never unless given."),
  ),
  failBefore: time().register(
    ...says("Fail from so long before the certificate ends on; never unless given, but with verify when it has ended."),
  ),
});
