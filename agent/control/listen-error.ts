/** The server cannot listen; the message says what to do. */
export class ListenError extends Error {
  /** With what `vipward run` ends: 1 another has the place, 2 what it was told is wrong, 4 it has not the right. */
  readonly exitCode: 1 | 2 | 4;

  constructor(message: string, { exitCode = 1, ...options }: ErrorOptions & { exitCode?: 1 | 2 | 4 } = {}) {
    super(message, options);
    this.name = "ListenError";
    this.exitCode = exitCode;
  }
}
