// The port to what hands a signal on to another process before this process's JavaScript has its turn.

/** Hands the signals that end this process on to one other process at a time. */
export interface SignalRelay {
  /** This process gets them from now on. Where the kernel cannot do it, nobody does. */
  aim(pid: number): void;
  /** Nobody gets them any more. */
  rest(): void;
}
