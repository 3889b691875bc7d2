// What a netlink transaction that failed becomes: an OperationError with what was tried, on which object.

import { codeOf, OperationError } from "../../base/errors.ts";
import { errnoName } from "./errno.ts";
import type { Outcome } from "./netlink/connection.ts";

/** Runs what may throw an error of the system. */
export function asking<T>(operation: string, object: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new OperationError({ operation, object, cause: { code } });
  }
}

/** The error of a transaction that was not done. */
export function failureOf(
  operation: string,
  object: string,
  outcome: Exclude<Outcome, { readonly kind: "done" }>,
): OperationError {
  if (outcome.kind === "overrun") {
    const text = "the kernel's answer did not fit or did not come";
    return new OperationError({ operation, object, cause: { code: "ENOBUFS", text } });
  }
  const { errno, text } = outcome.answer;
  const code = errnoName(errno);
  return new OperationError({ operation, object, cause: text === undefined ? { code } : { code, text } });
}
