// A virtual server in documents: what identifies it is either address, port and protocol, or firewall_mark and family, or a list of these.

import * as z from "zod";
import { seconds } from "../../base/duration.ts";
import { protocols } from "../../kernel/ipvs.ts";
import { address } from "./address.ts";
import { checkTiming } from "./check-timing.ts";
import { duration } from "./duration.ts";
import { flapDampingField } from "./flap-damping.ts";
import { forwardingMethod, tunnelSchema } from "./forwarding.ts";
import { markedTrafficField } from "./marked-traffic.ts";
import { virtualServerNotify } from "./pool-notify.ts";
import { quorumFields } from "./quorum.ts";
import { realServerSchema } from "./real-server.ts";
import { says } from "./says.ts";
import { hostHeader, integer, name } from "./scalar.ts";
import { servicesField } from "./services.ts";

/** The schedulers of the Linux kernel's IPVS. */
export const schedulers = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "lblc",
  "lblcr",
  "dh",
  "sh",
  "sed",
  "nq",
  "fo",
  "ovf",
  "mh",
  "twos",
] as const;

/** The flags of schedulers; sh-fallback and mh-fallback are the kernel's flag-1, sh-port and mh-port its flag-2. */
export const schedulerFlags = [
  "flag-1",
  "flag-2",
  "flag-3",
  "sh-fallback",
  "sh-port",
  "mh-fallback",
  "mh-port",
] as const;

/** A virtual server with its real servers. */
export const virtualServerSchema = z.strictObject({
  name: name()
    .optional()
    .register(...says('Unique; "tcp 10.9.0.100:80" or "mark 300 ipv4" unless given.')),
  address: address()
    .optional()
    .register(...says("The virtual address. Either this or firewall_mark.")),
  port: integer(0, 65535)
    .optional()
    .register(...says("The port, with address; 0 for all ports, which needs persistence_timeout.")),
  protocol: z
    .enum(protocols)
    .optional()
    .register(...says("tcp, udp or sctp; needed with address, not with firewall_mark.")),
  firewallMark: integer(1, 4294967295)
    .optional()
    .register(...says("The packet mark that selects this virtual server.")),
  family: z
    .enum(["ipv4", "ipv6"])
    .optional()
    .register(...says("The address family of a firewall mark; that of the first real server unless given.")),
  ...servicesField,
  ...markedTrafficField,
  scheduler: z
    .enum(schedulers)
    .default("wlc")
    .register(...says("How a real server is chosen for a new connection (lb_algo).")),
  schedulerFlags: z
    .array(z.enum(schedulerFlags))
    .default([])
    .register(...says("Flags of the scheduler.")),
  onePacket: z
    .boolean()
    .default(false)
    .register(...says("Choose anew for each packet; udp only (ops).")),
  persistenceTimeout: duration({ min: seconds(1), max: seconds(31 * 86_400), step: seconds(1) })
    .optional()
    .register(
      ...says(
        "The same client stays with the same real server for this long after its last connection. No persistence unless given.",
      ),
    ),
  persistenceGranularity: integer(1, 128)
    .optional()
    .register(
      ...says("How many leading bits of the client's address tell clients apart; all (32 or 128) unless given."),
    ),
  persistenceEngine: z
    .enum(["sip"])
    .optional()
    .register(...says("Tell clients apart by SIP Call-ID; udp only.")),
  forwarding: forwardingMethod()
    .default("masquerade")
    .register(...says("How packets reach the real servers (lb_kind).")),
  tunnel: tunnelSchema.optional().register(...says("The kind of tunnel, with forwarding tunnel; ipip unless given.")),
  inhibitOnFailure: z
    .boolean()
    .default(false)
    .register(
      ...says("A failed real server gets weight 0 instead of being removed, so that its connections are kept."),
    ),
  virtualHost: hostHeader()
    .optional()
    .register(...says("The Host header of http checkers, for all real servers.")),
  slowStart: duration({ min: seconds(1), max: seconds(3600) })
    .optional()
    .register(
      ...says(
        "A real server that has failed and comes back gets its weight step by step over this time, at most a step a second; at once unless given.",
      ),
    ),
  ...quorumFields,
  notify: virtualServerNotify,
  tellStop: z
    .boolean()
    .default(false)
    .register(...says("Tell a stop of the agent as the loss of all its real servers and of its quorum (omega).")),
  suspendWithoutAddress: z
    .boolean()
    .default(false)
    .register(...says("Checkers ask only while one of its addresses is on this director (ha_suspend).")),
  ...checkTiming,
  ...flapDampingField,
  realServers: z
    .array(realServerSchema)
    .default([])
    .register(...says("The real servers behind it.")),
});
