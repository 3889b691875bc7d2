// Hands mails to the server in order. A server that cannot be reached is tried again, less and less often; a mail that it refuses for good
// is given up at once, one that waits for too long in the end.

import type { ReportEvent } from "../events/event.ts";
import { Backlog, type Waiting } from "./backlog.ts";
import { isTooOld, pauseAfter } from "./core/retry.ts";
import type { Mail, MailServer } from "./ports.ts";
import type { NotificationQueueView } from "./view.ts";

/** A mail on its way. */
export interface WaitingMail extends Waiting {
  readonly mail: Mail;
}

/** What a mailer needs. */
export interface MailerOptions {
  /** "mail to mx.example.com:25" */
  readonly name: string;
  readonly server: MailServer;
  readonly report: ReportEvent;
  /** Unix milliseconds. */
  readonly wall: () => number;
  readonly capacity?: number;
  /** Calls back after a time; gives a function that calls it off. */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** A storm of changes should not become a storm of mails for ever. */
const defaultCapacity = 1000;

/** The mails to one server. */
export class Mailer {
  readonly #options: MailerOptions;
  readonly #backlog: Backlog<WaitingMail>;
  #isSending = false;
  #attempts = 0;
  #callOff: (() => void) | undefined;
  #closed = false;

  constructor(options: MailerOptions) {
    const { name, report, capacity = defaultCapacity } = options;
    this.#options = options;
    this.#backlog = new Backlog({ name, capacity, report });
  }

  get view(): NotificationQueueView {
    return this.#backlog.view;
  }

  /** Whether a mail is being handed over at this moment. */
  get isSending(): boolean {
    return this.#isSending;
  }

  /** Sends a mail when its turn comes. */
  add(mail: WaitingMail): void {
    this.#backlog.add(mail);
    if (!this.#isSending && this.#callOff === undefined) void this.#sendAll();
  }

  /** Stops and gives what waits, for another server to send. */
  handOver(): readonly WaitingMail[] {
    this.close();
    return this.#backlog.takeAll();
  }

  /** Stops for good: what waits is dropped. */
  remove(): void {
    this.close();
    this.#backlog.dropAll("no mail server is configured any more");
  }

  /** Stops; what waits is not done. */
  close(): void {
    this.#closed = true;
    this.#callOff?.();
    this.#backlog.close();
    this.#options.server.close();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let item = this.#backlog.next(); item !== undefined && !this.#closed; item = this.#backlog.next()) {
      const goesOn = await this.#send(item);
      if (!goesOn) break;
    }
    this.#isSending = false;
  }

  /** Whether the next one may be sent. */
  async #send({ mail }: WaitingMail): Promise<boolean> {
    const outcome = await this.#options.server.send(mail);
    if (this.#closed) return false;
    if (outcome.kind === "unreachable" && !isTooOld(mail.at, this.#options.wall())) {
      this.#tryLater(outcome.reason);
      return false;
    }
    this.#attempts = 0;
    if (outcome.kind === "sent") this.#backlog.delivered();
    else this.#backlog.failed(outcome.reason);
    return true;
  }

  #tryLater(reason: string): void {
    this.#attempts += 1;
    this.#backlog.stuck(reason);
    this.#callOff = this.#options.after(pauseAfter(this.#attempts), () => {
      this.#callOff = undefined;
      void this.#sendAll();
    });
  }
}
