/** Why the operating system refused: errno by name ("ENOENT"), and the kernel's own text where it gave one (netlink extended acknowledgement). */
export interface SystemCause {
  readonly code: string;
  readonly text?: string;
}

/** One system operation that failed: what was tried, on which object, and the cause. Plain data, so that it travels between processes. */
export interface OperationFailure {
  readonly operation: string;
  readonly object: string;
  readonly cause: SystemCause;
}

/** The failure as one sentence: "add destination 10.0.0.1:80 of tcp 10.9.0.100:80: EEXIST (already there)". */
export function describeFailure(failure: OperationFailure): string {
  const { code, text } = failure.cause;
  return `${failure.operation} ${failure.object}: ${code}${text === undefined ? "" : ` (${text})`}`;
}

/** A failed system operation as an exception, for callers that cannot go on without it. */
export class OperationError extends Error {
  readonly failure: OperationFailure;

  constructor(failure: OperationFailure) {
    super(describeFailure(failure));
    this.name = "OperationError";
    this.failure = failure;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The errno name of a thrown system error, or undefined when it carries none. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/** Marks a switch over a closed union as complete: the compiler refuses the call when a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`a case is missing for ${JSON.stringify(value)}`);
}
