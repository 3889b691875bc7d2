// Authentication that has a memory: the sequence numbers that an instance sends and has heard, and its keys. What is right is the cores'
// matter (core/authentication-header.ts, core/hmac-trailer.ts); passwords in clear text need no memory.

import type { Clock } from "../../base/clock.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { HmacModel } from "../../config/wire-model.ts";
import type { OutgoingDatagram, ReceivedDatagram } from "../../kernel/vrrp-socket.ts";
import { protect, unprotect } from "../core/packets/authentication-header.ts";
import type { Hmac } from "../core/packets/hmac.ts";
import { nextSequence, type SequencesHeard, sign, verify } from "../core/packets/hmac-trailer.ts";
import type { PacketRule, ReceivedPacket } from "../core/packets/received-packet.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import { hasSecrets, type SecretPorts, withSecrets, withSecretsFound } from "./secrets.ts";

/** What keys are used with, and read with where they are in files. */
export interface KeyPorts extends SecretPorts {
  readonly hmac: Hmac;
}

/** For drivers whose instances do not sign. */
export const noKeys: KeyPorts = {
  hmac: () => {
    throw new Error("an instance signs, and its driver was given no hmac");
  },
  readKey: unreadable,
  readPassword: unreadable,
};

function unreadable(file: string): never {
  throw new Error(`a secret is in ${file}, and the driver was given nothing to read it with`);
}

/** Makes of a written advertisement what leaves; undefined when it cannot be signed. */
export type Seal = (instance: RunningInstance, datagram: OutgoingDatagram) => OutgoingDatagram | undefined;

/** What one instance has sent and heard. */
interface Session {
  /** The model that the keys are of. */
  model: HmacModel | undefined;
  keys: ReadonlyMap<number, Uint8Array>;
  sent: bigint;
  heard: SequencesHeard;
  /** The sequence numbers of authentication headers: the last of ours, and the last of each sender. */
  headersSent: number;
  readonly headersHeard: Map<string, number>;
}

/** The authentication of all instances. */
export class Authentication {
  readonly #ports: KeyPorts;
  readonly #clock: Clock;
  readonly #sessions = new WeakMap<RunningInstance, Session>();

  constructor(ports: KeyPorts, clock: Clock) {
    this.#ports = ports;
    this.#clock = clock;
  }

  /** The configuration with the secrets of its files, as far as they can be read; with those of the one before it where they cannot any more. */
  withSecrets(config: VrrpInstanceModel, previous: VrrpInstanceModel | undefined): VrrpInstanceModel {
    return withSecretsFound(config, previous, this.#ports);
  }

  /** Sees to it that an instance has its secrets. Throws what reading a file throws. */
  loadKeys(instance: RunningInstance): void {
    if (!hasSecrets(instance.configured)) this.#readSecrets(instance);
    const session = this.#sessionOf(instance);
    const { hmac } = instance.config;
    if (session.model === hmac) return;
    session.keys = new Map(hmac?.keys.map(({ id, hex }) => [id, Uint8Array.fromHex(hex)]));
    session.model = hmac;
  }

  /** The datagram as it leaves: with a trailer, or in an authentication header. */
  seal(instance: RunningInstance, datagram: OutgoingDatagram): OutgoingDatagram | undefined {
    const { authentication, hmac } = instance.config;
    if (authentication.type === "ah") return this.#protect(instance, datagram, authentication.password);
    if (hmac === undefined || hmac.mode === "receive-only") return datagram;
    const session = this.#sessionOf(instance);
    const key = session.model === hmac ? session.keys.get(hmac.activeKey) : undefined;
    if (key === undefined) return undefined;
    session.sent = nextSequence(session.sent, this.#clock.wall(), hmac);
    const signing = { hmac: this.#ports.hmac, keyId: hmac.activeKey, key, sequence: session.sent };
    return { ...datagram, payload: sign(datagram.payload, datagram.source, signing) };
  }

  /** What is in the datagram, or the rule that it breaks. */
  open(instance: RunningInstance, datagram: ReceivedDatagram): Result<ReceivedPacket, PacketRule> {
    const { authentication, hmac } = instance.config;
    if (authentication.type === "ah") return this.#unprotect(instance, datagram, authentication.password);
    if (hmac === undefined) return ok(datagram);
    const session = this.#sessionOf(instance);
    const wall = this.#clock.wall();
    const judging = { hmac: this.#ports.hmac, keys: session.keys, rules: hmac, heard: session.heard, wall };
    const verified = verify(datagram, judging);
    if (!verified.ok) return verified;
    session.heard = verified.value.heard;
    return ok(verified.value.packet);
  }

  #readSecrets(instance: RunningInstance): void {
    const configured = withSecrets(instance.configured, this.#ports);
    const { priority } = instance.config;
    instance.configured = configured;
    instance.config = priority === configured.priority ? configured : { ...configured, priority };
  }

  /** keepalived counts one number for all senders, so ours never stays behind what was heard. */
  #protect(instance: RunningInstance, datagram: OutgoingDatagram, password: string): OutgoingDatagram {
    const session = this.#sessionOf(instance);
    const last = Math.max(session.headersSent, ...session.headersHeard.values());
    session.headersSent = Math.max(last + 1, Math.floor(this.#clock.wall() / sequenceStep)) >>> 0;
    const timeToLive = datagram.timeToLive ?? 255;
    const protection = { hmac: this.#ports.hmac, key: keyOf(password), sequence: session.headersSent, timeToLive };
    return { ...datagram, payload: protect(datagram.payload, datagram, protection) };
  }

  #unprotect(
    instance: RunningInstance,
    datagram: ReceivedDatagram,
    password: string,
  ): Result<ReceivedPacket, PacketRule> {
    const { header = nothing, payload, source } = datagram;
    const opened = unprotect({ header, payload, source }, { hmac: this.#ports.hmac, key: keyOf(password) });
    if (!opened.ok) return opened;
    const { advertisement, sequence } = opened.value;
    const { headersHeard } = this.#sessionOf(instance);
    const last = headersHeard.get(source);
    if (last !== undefined && sequence <= last) return fail("sequence number was heard before");
    headersHeard.delete(source);
    headersHeard.set(source, sequence);
    for (const oldest of headersHeard.keys()) if (headersHeard.size > mostSenders) headersHeard.delete(oldest);
    return ok({ ...datagram, payload: advertisement });
  }

  #sessionOf(instance: RunningInstance): Session {
    const known = this.#sessions.get(instance);
    if (known !== undefined) return known;
    const begun = { sent: 0n, heard: [], headersSent: 0, headersHeard: new Map<string, number>() };
    const session: Session = { model: undefined, keys: new Map(), ...begun };
    this.#sessions.set(instance, session);
    return session;
  }
}

/**
 * Sequence numbers of authentication headers follow the time in half seconds, so that they grow over restarts though nothing is kept: version
 * 2 advertises once a second at most, but for a few answers. They fit in 32 bits until 2038.
 */
const sequenceStep = 500;

const nothing = new Uint8Array();

/** So many senders are remembered of a virtual router. */
const mostSenders = 8;

/** keepalived's key is the password in its field of eight bytes. */
function keyOf(password: string): Uint8Array {
  const key = new Uint8Array(8);
  key.set(new TextEncoder().encode(password).subarray(0, 8));
  return key;
}
