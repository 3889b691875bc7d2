import * as z from "zod";
import { says } from "./says.ts";
import { integer } from "./scalar.ts";

/** How packets reach a real server (keepalived: NAT, DR, TUN). */
export const forwardingMethod = () => z.enum(["masquerade", "direct", "tunnel"]);

/** The kind of tunnel, for forwarding method tunnel. */
export const tunnelSchema = z.strictObject({
  type: z
    .enum(["ipip", "gue", "gre"])
    .default("ipip")
    .register(...says("The encapsulation.")),
  port: integer(0, 65535)
    .default(0)
    .register(...says("The destination port of gue; 0 for the others.")),
  checksum: z
    .enum(["none", "full", "remote"])
    .default("none")
    .register(...says("Checksum of the outer header, for gue and gre.")),
});
