// How a process of the agent is run by the kernel. Types only, as in model.ts.

/** What is wished; what is absent is as it was at the start of the process. */
export interface ProcessModel {
  /** The numbers of its processors. */
  readonly cpuAffinity?: readonly number[];
  /** SCHED_FIFO, 1 to 99. */
  readonly realTimePriority?: number;
  /** -20 to 19. */
  readonly nice?: number;
  readonly lockMemory?: true;
}
