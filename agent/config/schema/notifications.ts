// Where notifications go that are not scripts of one instance: named pipes, mail, and programs at the agent's start and stop.

import * as z from "zod";
import { milliseconds, seconds } from "../../base/duration.ts";
import { duration } from "./duration.ts";
import { programSchema } from "./program.ts";
import { says } from "./says.ts";
import { absolutePath, pattern, port } from "./scalar.ts";

const mailAddress = () =>
  pattern(/^[^\s<>@,;"\p{Cc}]{1,64}(@[^\s<>@,;"\p{Cc}]{1,255})?$/u, "a mail address like ops@example.com");

/** A mail server, and who gets mail from whom. */
const mailSchema = z.strictObject({
  server: pattern(/^[A-Za-z0-9._:%-]{1,255}$/, "a host name or an address").register(
    ...says("The mail server's name or address (smtp_server)."),
  ),
  port: port()
    .default(25)
    .register(...says("Its port.")),
  encryption: z
    .enum(["none", "opportunistic", "starttls", "tls"])
    .default("opportunistic")
    .register(
      ...says(
        "none; opportunistic: TLS where the server offers it, whoever it is; starttls: TLS with a certificate that is checked, or no mail; tls: the same from the first byte.",
      ),
    ),
  user: z
    .string()
    .optional()
    .register(...says("The user to log in as; no login unless given.")),
  password: z
    .string()
    .optional()
    .register(...says("The user's password. Never shown again."))
    .meta({ secret: true }),
  passwordFile: absolutePath()
    .optional()
    .register(
      ...says("A file of the director with the password in it, instead of the password itself; read for each mail."),
    ),
  from: mailAddress()
    .optional()
    .register(...says("The sender (notification_email_from); vipward at this host's name unless given.")),
  to: z
    .array(mailAddress())
    .min(1)
    .register(...says("The recipients (notification_email).")),
  heloName: pattern(/^[!-~]{1,255}$/, "a host name")
    .optional()
    .register(...says("The name that the server is greeted with (smtp_helo_name); this host's unless given.")),
  timeout: duration({ min: seconds(1), max: seconds(600) })
    .default(seconds(30))
    .register(...says("How long connecting, and then each answer of the server, may take (smtp_connect_timeout).")),
  faults: z
    .boolean()
    .default(true)
    .register(...says("Whether faults are told by mail (keepalived: not with no_email_faults).")),
});

const fifoSchema = z.strictObject({
  path: pattern(/^\/[^\p{Cc}]{1,4095}$/u, "an absolute path").register(
    ...says("The named pipe; made, for its owner alone, if it is not there."),
  ),
  events: z
    .enum(["all", "vrrp", "lvs"])
    .default("all")
    .register(
      ...says(
        "Of what it tells: all (notify_fifo), vrrp (vrrp_notify_fifo), or lvs: real servers and virtual servers (lvs_notify_fifo).",
      ),
    ),
  reader: programSchema
    .optional()
    .register(
      ...says(
        "A program that reads it: run with the pipe's path as last argument, and again when it ends (…_fifo_script).",
      ),
    ),
});

const runOnce = z.strictObject({
  program: programSchema.register(...says("What to run.")),
  timeout: duration({ min: seconds(1), max: seconds(1000) })
    .default(seconds(10))
    .register(...says("How long it may take; then it is ended and the agent goes on.")),
});

/** Where notifications go. */
export const notificationsSchema = z
  .strictObject({
    scriptTimeout: duration({ min: milliseconds(100), max: seconds(3600) })
      .default(seconds(60))
      .register(...says("How long a notify script may take; then it and its children are ended.")),
    fifos: z
      .array(fifoSchema)
      .default([])
      .register(...says("Named pipes that get a line for each notification.")),
    statesOnReload: z
      .boolean()
      .default(false)
      .register(
        ...says(
          "Write the present states to the FIFOs when a configuration has been applied (fifo_write_vrrp_states_on_reload).",
        ),
      ),
    firstRealServers: z
      .boolean()
      .default(false)
      .register(
        ...says(
          "Tell scripts and FIFOs also of real servers that are in the pool from a start of the agent on, or from when they were added (rs_init_notifies).",
        ),
      ),
    mail: mailSchema.optional().register(...says("Mail alerts.")),
    startup: runOnce
      .optional()
      .register(...says("Run once when the agent starts, before it does anything else (startup_script).")),
    shutdown: runOnce.optional().register(...says("Run once when the agent has stopped (shutdown_script).")),
  })
  .register(...says("Where notifications go, besides the scripts of each instance."));
