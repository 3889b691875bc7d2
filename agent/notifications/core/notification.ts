// What people and their programs are told, in keepalived's words: a VRRP instance or sync group, what became of it, and its priority.

/** What a notification is about. Virtual servers and real servers have their own lines in keepalived, and will be further variants. */
export interface Subject {
  readonly type: "INSTANCE" | "GROUP";
  readonly name: string;
}

/** keepalived's words for the states that `notify` scripts, FIFO lines and mails tell of. */
export type StateWord = "MASTER" | "BACKUP" | "FAULT" | "STOP" | "DELETED";

/** Its words for what else happens: a master hears a lower priority; the priority changes while master, or while backup. */
export type OccurrenceWord = "MASTER_RX_LOWER_PRI" | "MASTER_PRIORITY" | "BACKUP_PRIORITY";

/** Something that somebody may want to be told. */
export interface Notification {
  /** The number of the event that it comes from. */
  readonly sequence: number;
  /** When it happened, Unix milliseconds. */
  readonly at: number;
  readonly subject: Subject;
  readonly word: StateWord | OccurrenceWord;
  /** The effective priority; 0 for a group, as keepalived has it. */
  readonly priority: number;
}

/** What keepalived writes into a FIFO for it, without the end of the line. The name is quoted and not escaped. */
export function fifoLine({ subject, word, priority }: Notification): string {
  return `${subject.type} "${subject.name}" ${word} ${priority}`;
}

/** The last arguments of a generic `notify` script: INSTANCE|GROUP name STATE priority. */
export function notifyArguments({ subject, word, priority }: Notification): readonly string[] {
  return [subject.type, subject.name, word, String(priority)];
}

/** The key of what must stay in order: everything about one subject. */
export function subjectKey({ type, name }: Subject): string {
  return `${type} ${JSON.stringify(name)}`;
}
