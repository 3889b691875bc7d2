// Times of checkers, and what else they inherit. They are inherited: what a checker does not say, its real server says; what that does not say, the virtual server does.

import * as z from "zod";
import { milliseconds, seconds } from "../../base/duration.ts";
import { address } from "./address.ts";
import { duration } from "./duration.ts";
import { says } from "./says.ts";
import { integer, interfaceName } from "./scalar.ts";

const longest = seconds(86_400);

/** What holds where nobody says otherwise; keepalived's defaults. `warmup` equals the delay and `retryDelay` and `retries` depend on the kind of check. */
export const checkDefaults = {
  delay: seconds(60),
  retries: 1,
  retriesOf: { dns: 3, script: 0, file: 0 } as Readonly<Partial<Record<string, number>>>,
  retryDelay: seconds(1),
  httpRetryDelay: seconds(3),
  timeout: seconds(5),
  startDown: false,
} as const;

/** The inheritable fields, for virtual servers, real servers and checkers. */
export const checkTiming = {
  delay: duration({ min: milliseconds(10), max: longest })
    .optional()
    .register(
      ...says(
        "Time between probes (keepalived: delay_loop). 60s unless given here or above, which is long: say how long a dead server may stay.",
      ),
    ),
  retries: integer(0, 1000)
    .optional()
    .register(
      ...says(
        "Further attempts after a failed one before the server counts as down. 1 unless given here or above, 3 for dns, 0 for script.",
      ),
    ),
  retryDelay: duration({ min: milliseconds(0), max: longest })
    .optional()
    .register(
      ...says(
        "Time between those attempts (delay_before_retry). 1s unless given here or above, 3s for http, the delay for dns.",
      ),
    ),
  warmup: duration({ min: milliseconds(0), max: longest })
    .optional()
    .register(
      ...says(
        "The first probe comes after a random part of this, so that not all start at once. The delay unless given here or above.",
      ),
    ),
  timeout: duration({ min: milliseconds(1), max: longest })
    .optional()
    .register(
      ...says("Deadline of one whole attempt (connect_timeout). 5s unless given here or above; of a script the delay."),
    ),
  startDown: z
    .boolean()
    .optional()
    .register(
      ...says(
        "Out of the pool until the first success (alpha). Otherwise in until proven down. false unless given here or above.",
      ),
    ),
  logAllFailures: z
    .boolean()
    .optional()
    .register(
      ...says("Say every failed attempt in the log, also those that change nothing. false unless given here or above."),
    ),
};

/** Where a probe goes, for checkers. */
export const checkTarget = {
  address: address()
    .optional()
    .register(...says("The address to probe (connect_ip); the real server's unless given.")),
  port: integer(1, 65535)
    .optional()
    .register(...says("The port to probe (connect_port); the one written for the real server unless given.")),
  bindAddress: address()
    .optional()
    .register(...says("The address to probe from (bindto); the kernel's choice unless given.")),
  bindPort: integer(1, 65535)
    .optional()
    .register(...says("The port to probe from (bind_port); the kernel's choice unless given.")),
  bindInterface: interfaceName()
    .optional()
    .register(...says("The interface to probe through (bind_if); by the routes unless given.")),
  mark: integer(1, 4294967295)
    .optional()
    .register(...says("The mark of the probe's packets for routes and packet filters (fwmark); none unless given.")),
};
