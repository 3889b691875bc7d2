// What is shown of notifications. Types only: control converts it, the CLI prints it.

/** Something that notifications go to, and what waits for it. Counted since the control process started. */
export interface NotificationQueueView {
  /** 'script of INSTANCE "VI_1"', "fifo /run/vrrp.fifo", "mail to mx.example.com:25". */
  readonly name: string;
  /** The one that is on its way included. */
  readonly waiting: number;
  readonly delivered: number;
  /** Given up, because the script or the server said so or took too long. */
  readonly failed: number;
  /** Dropped, because too many waited. */
  readonly dropped: number;
  /** Why nothing goes on at the moment, or what went wrong last; empty: nothing did. */
  readonly problem: string;
}
