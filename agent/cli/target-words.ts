// Which agent a command talks to, as its options say.

/** Which agent a command talks to. */
export interface TargetWords {
  readonly target?: string;
  readonly runtimeDir: string;
  /** How long to wait for an answer, in seconds; by the kind of call unless given. */
  readonly timeout?: number;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}
