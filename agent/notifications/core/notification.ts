// What people and their programs are told, in keepalived's words: a VRRP instance or sync group, what became of it, and its priority.

/** What a notification is about: an instance, a group, a virtual server, or a real server of one. */
export type Subject =
  | { readonly type: "INSTANCE" | "GROUP" | "VS"; readonly name: string }
  | { readonly type: "RS"; readonly name: string; readonly virtualServer: string };

/** keepalived's words for the states that `notify` scripts, FIFO lines and mails tell of. */
export type StateWord = "MASTER" | "BACKUP" | "FAULT" | "STOP" | "DELETED";

/** Its words for what else happens: a master hears a lower priority; the priority changes while master, or while backup. */
export type OccurrenceWord = "MASTER_RX_LOWER_PRI" | "MASTER_PRIORITY" | "BACKUP_PRIORITY";

/** Its words for real servers and virtual servers. */
export type PoolWord = "UP" | "DOWN";

/** Something that somebody may want to be told. */
export interface Notification {
  /** The number of the event that it comes from. */
  readonly sequence: number;
  /** When it happened, Unix milliseconds. */
  readonly at: number;
  readonly subject: Subject;
  readonly word: StateWord | OccurrenceWord | PoolWord;
  /** The effective priority; 0 for a group, as keepalived has it. */
  readonly priority: number;
  /** Why, where that is not told by the word. */
  readonly reason?: string;
  /** Scripts and FIFOs are told, and no mail is sent. */
  readonly withoutMail?: true;
}

/** What keepalived writes into a FIFO for it, without the end of the line. The name of an instance is quoted and not escaped. `label`: how it writes a
 * virtual server or real server. */
export function fifoLine({ subject, word, priority }: Notification, label = poolLabel(subject)): string {
  if (subject.type === "VS" || subject.type === "RS") return `${subject.type} ${label} ${word}`;
  return `${subject.type} "${subject.name}" ${word} ${priority}`;
}

/** The last arguments of a generic `notify` script: INSTANCE|GROUP name STATE priority. */
export function notifyArguments({ subject, word, priority }: Notification): readonly string[] {
  return [subject.type, subject.name, word, String(priority)];
}

/** The key of what must stay in order: everything about one subject. */
export function subjectKey(subject: Subject): string {
  const key = `${subject.type} ${JSON.stringify(subject.name)}`;
  return subject.type === "RS" ? `${key} of ${JSON.stringify(subject.virtualServer)}` : key;
}

/** How keepalived writes what has the name that we give it by ourselves: "tcp 10.9.0.100:80", "mark 300 ipv4", "10.9.0.11:80". */
export function poolLabel(subject: Subject): string {
  if (subject.type !== "RS") return serverLabel(subject.name);
  const protocol = /^(tcp|udp|sctp) /.exec(subject.virtualServer)?.[1] ?? "none";
  return realServerLabel(endpointLabel(subject.name, protocol), serverLabel(subject.virtualServer));
}

/** A real server and its virtual server, as keepalived writes them. */
export function realServerLabel(realServer: string, virtualServer: string): string {
  return `${realServer} ${virtualServer}`;
}

function serverLabel(name: string): string {
  const mark = /^mark (\d+) /.exec(name)?.[1];
  if (mark !== undefined) return `FWM ${mark}`;
  const [, protocol = "none", endpoint = name] = /^(tcp|udp|sctp) (.*)$/.exec(name) ?? [];
  return endpointLabel(endpoint, protocol);
}

function endpointLabel(endpoint: string, protocol: string): string {
  const match = /^\[?(.*?)\]?:(\d+)$/.exec(endpoint);
  return match === null ? endpoint : `[${match[1]}]:${protocol}:${match[2]}`;
}
