import { type Directive, flag, number, text } from "../directive.ts";

/** The keywords about times of checkers, which virtual servers, real servers and checkers share. */
export const checkTiming: Readonly<Record<string, Directive>> = {
  delay_loop: text("delay"),
  retry: number("retries"),
  // The spelling before version 2.0, still in most examples.
  nb_get_retry: number("retries"),
  delay_before_retry: text("retryDelay"),
  warmup: text("warmup"),
  connect_timeout: text("timeout"),
  alpha: flag("startDown"),
};
