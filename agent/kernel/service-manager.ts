// The port to the service manager (systemd) that started the agent: it is told how the agent is doing.

/** Tells the service manager. Silent when there is none: the agent runs the same without. */
export interface ServiceManager {
  /** Whether somebody listens. */
  readonly present: boolean;
  /** How long the service manager waits for a `watchdog` before it kills and restarts, in milliseconds; undefined when it does not watch. */
  readonly watchdogInterval?: number;
  /** The assignments of sd_notify(3), such as { READY: "1", STATUS: "2 instances, master of 1" }. A failure to tell is no failure of the agent and is not thrown. */
  notify(assignments: Readonly<Record<string, string>>): void;
  close(): void;
}
