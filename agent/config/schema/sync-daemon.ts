// The IPVS sync daemon in documents.

import * as z from "zod";
import { address } from "./address.ts";
import { says } from "./says.ts";
import { integer, interfaceName, name } from "./scalar.ts";

/** The kernel's daemon that lets a backup know the connections of the master. */
export const syncDaemonSchema = z.strictObject({
  interface: interfaceName().register(...says("The interface that it tells and hears on.")),
  instance: name()
    .optional()
    .register(...says("The VRRP instance that it follows: master with it, else backup. Both run unless given.")),
  id: integer(0, 255)
    .optional()
    .register(...says("What has another id is not heard; the instance's virtual router id, or 0, unless given.")),
  maxLength: integer(1, 65_507)
    .optional()
    .register(...says("The longest message; what fits the interface's MTU unless given.")),
  port: integer(1, 65_535)
    .optional()
    .register(...says("The UDP port; 8848 unless given.")),
  ttl: integer(1, 255)
    .optional()
    .register(...says("The time to live of messages; 1 unless given.")),
  group: address()
    .optional()
    .register(...says("The multicast group; 224.0.0.81 unless given.")),
});
