// The resolved configuration of notifications. Types only, plain JSON.

import type { Milliseconds } from "../base/duration.ts";

/** A program to run, never through a shell. */
export interface ProgramModel {
  /** Its absolute path, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Name or number; undefined: what is configured for all, or the agent's default. */
  readonly user: string | undefined;
  readonly group: string | undefined;
}

/** How programs are run. */
export interface ProgramsModel {
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** Refuse to run as root what somebody else could change. */
  readonly secure: boolean;
}

/** Everything about telling people and programs what happens. */
export interface NotificationModel {
  /** The director's name in mails; the host's name unless configured. */
  readonly director: string | undefined;
  readonly programs: ProgramsModel;
  readonly scriptTimeout: Milliseconds;
  readonly fifos: readonly FifoModel[];
  readonly statesOnReload: boolean;
  readonly mail: MailModel | undefined;
  readonly instances: readonly NotifyModel[];
  readonly groups: readonly NotifyModel[];
  /** Of virtual servers only those of which more is to be known than their name. */
  readonly servers: readonly ServerNotifyModel[];
  readonly startup: RunOnceModel | undefined;
  readonly shutdown: RunOnceModel | undefined;
}

/** Who is told of one instance or group. */
export interface NotifyModel {
  readonly name: string;
  /** How keepalived writes it, where that is not its name. */
  readonly label?: string;
  readonly scripts: NotifyScripts;
  readonly priorityChanges: boolean;
  readonly mail: boolean;
}

/** Who is told of one virtual server and of its real servers, and how keepalived writes them. */
export interface ServerNotifyModel extends LabelledNotifyModel {
  readonly realServers: readonly LabelledNotifyModel[];
}

/** With what keepalived writes for it: "[10.9.0.100]:tcp:80", "FWM 300". */
export interface LabelledNotifyModel extends NotifyModel {
  readonly label: string;
}

/** The scripts of one instance or group, by what they are run for. `any` is run after each of the states'. */
export interface NotifyScripts {
  readonly master?: ProgramModel | undefined;
  readonly backup?: ProgramModel | undefined;
  readonly fault?: ProgramModel | undefined;
  readonly stop?: ProgramModel | undefined;
  readonly deleted?: ProgramModel | undefined;
  readonly any?: ProgramModel | undefined;
  readonly masterReceivesLowerPriority?: ProgramModel | undefined;
  readonly up?: ProgramModel | undefined;
  readonly down?: ProgramModel | undefined;
}

/** A named pipe. */
export interface FifoModel {
  readonly path: string;
  readonly events: "all" | "vrrp" | "lvs";
  readonly reader: ProgramModel | undefined;
}

/** A mail server and who gets mail. */
export interface MailModel {
  readonly server: string;
  readonly port: number;
  readonly encryption: "none" | "opportunistic" | "starttls" | "tls";
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Has the password where the configuration has not. */
  readonly passwordFile: string | undefined;
  /** vipward at this host's name unless configured. */
  readonly from: string | undefined;
  readonly to: readonly string[];
  readonly heloName: string | undefined;
  readonly timeout: Milliseconds;
  readonly faults: boolean;
}

/** A program that is run once. */
export interface RunOnceModel {
  readonly program: ProgramModel;
  readonly timeout: Milliseconds;
}
