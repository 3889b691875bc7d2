import { codeOf, messageOf, OperationError } from "../base/errors.ts";

/** The errno name of a failed operation; of anything else that was thrown, what it says. */
export function causeOf(thrown: unknown): string {
  return thrown instanceof OperationError ? thrown.failure.cause.code : (codeOf(thrown) ?? messageOf(thrown));
}
