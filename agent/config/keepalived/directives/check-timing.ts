import { type Directive, flag, number, text } from "../directive.ts";
import { complain } from "../draft.ts";

/** The word before version 2.0, still in most examples. */
const olderRetry: Directive = (statement, draft, run) => {
  complain(run, "warning", statement, "nb_get_retry is taken as retry", {
    expected: "retry",
    keepalived: "ignores the line since version 2.0, and tries again once",
  });
  number("retries")(statement, draft, run);
};

/** The keywords about times of checkers, which virtual servers, real servers and checkers share. */
export const checkTiming: Readonly<Record<string, Directive>> = {
  delay_loop: text("delay"),
  retry: number("retries"),
  nb_get_retry: olderRetry,
  delay_before_retry: text("retryDelay"),
  warmup: text("warmup"),
  connect_timeout: text("timeout"),
  alpha: flag("startDown"),
};
