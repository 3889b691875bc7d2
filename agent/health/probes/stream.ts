// One TCP connection of a probe, with TLS on it where that is asked for: opened, talked over, and given back, within a time limit.
//
// The add-on connects: it knows marks, interfaces and source ports, can be cancelled while it connects, and tells the true reason of a
// failure. The runtime talks: it is handed the connected descriptor. However it ends, the connection is reset, so that the director gathers no
// sockets in TIME_WAIT.

import { readFileSync } from "node:fs";
import type { Socket } from "bun";
import type { IpAddress } from "../../base/address.ts";
import { codeOf, messageOf } from "../../base/errors.ts";
import type { ClientCertificateModel } from "../../config/check-model.ts";
import type { TlsModel } from "../../config/model.ts";
import type { ForwardingPaths } from "../../kernel/forwarding-path.ts";
import type { PacketSource, ProbeSockets } from "../../kernel/probe-sockets.ts";
import { readLoginPassword } from "../../secrets/secret-file.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { certificateFailure, connectFailure, handshakeFailure, talkFailure } from "./connection-failure.ts";
import type { DescriptorBudget } from "./descriptor-budget.ts";

/** Where to connect, from where, and whether TLS comes first. */
export interface StreamTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly source: PacketSource;
  readonly tls?: TlsModel | undefined;
  /** What to offer by ALPN, with TLS: "h2". */
  readonly protocol?: string;
}

/** A time limit on the monotonic clock of this process, and how to say that it passed. */
export interface TimeLimit {
  /** `performance.now()` at which the attempt is over. */
  readonly end: number;
  /** The whole limit in words, for messages: "3s". */
  readonly text: string;
}

/** What every probe over the network shares. */
export interface ProbeParts {
  readonly sockets: ProbeSockets;
  readonly descriptors: DescriptorBudget;
  readonly paths: ForwardingPaths;
}

/** Ends the attempt. What comes after the first is ignored. */
export type Finish = (outcome: ProbeOutcome) => void;

/** A connection that is there. */
export interface Stream {
  /** What does not go out at once is kept and follows. */
  write(data: Uint8Array | string): void;
  /** Begins TLS on the connection, and calls `onReady` when it is there. What fails ends the attempt. */
  secure(tls: TlsModel, onReady: () => void): void;
}

/** What a probe does with its connection. */
export interface Conversation {
  /** The connection is established, and TLS on it. */
  readonly connected: (stream: Stream, finish: Finish) => void;
  readonly received?: (bytes: Uint8Array, finish: Finish) => void;
  /** The other side closed. */
  readonly closed?: () => ProbeOutcome;
  /** What was awaited when time ran out after the connection was there: "answer". */
  readonly awaited?: () => string;
}

export const aborted: ProbeOutcome = { kind: "not-made", detail: "cancelled" };

/** Connects and lets the conversation run until it finishes, fails, is aborted or reaches the limit. The connection is gone when this resolves. */
export function converse(
  target: StreamTarget,
  limit: TimeLimit,
  signal: AbortSignal,
  { sockets, descriptors }: ProbeParts,
  conversation: Conversation,
): Promise<ProbeOutcome> {
  if (signal.aborted) return Promise.resolve(aborted);
  if (!descriptors.take()) return Promise.resolve(descriptors.exhausted);
  return new Promise<ProbeOutcome>((resolve) => {
    const talk = new Talk(target, limit, signal, conversation, (outcome) => {
      descriptors.giveBack();
      resolve(outcome);
    });
    talk.begin(sockets);
  });
}

type Phase = "connecting" | "securing" | "talking" | "over";

/** One conversation. Every way out goes through `finish`, once. */
class Talk implements Stream {
  readonly #target: StreamTarget;
  readonly #limit: TimeLimit;
  readonly #signal: AbortSignal;
  readonly #conversation: Conversation;
  readonly #resolve: (outcome: ProbeOutcome) => void;
  readonly #timer: ReturnType<typeof setTimeout>;
  #cancel: () => void = () => undefined;
  #socket: Socket | undefined;
  #phase: Phase = "connecting";
  /** How many times TLS was begun: beneath it the connection goes on, and is not listened to any more. */
  #layer = 0;
  #unsent: Uint8Array[] = [];
  /** Looked at only where that is asked for. */
  #certificateEnd: number | undefined;

  constructor(
    target: StreamTarget,
    limit: TimeLimit,
    signal: AbortSignal,
    conversation: Conversation,
    resolve: (outcome: ProbeOutcome) => void,
  ) {
    this.#target = target;
    this.#limit = limit;
    this.#signal = signal;
    this.#conversation = conversation;
    this.#resolve = resolve;
    this.#timer = setTimeout(this.#onLimit, Math.max(0, limit.end - performance.now()));
    signal.addEventListener("abort", this.#onAbort);
  }

  begin(sockets: ProbeSockets): void {
    this.#cancel = sockets.connect(this.#target, true, (connected) => {
      if ("code" in connected) this.finish(connectFailure(connected.code, this.#target.source));
      else void this.#adopt(connected.descriptor);
    });
  }

  readonly finish = (outcome: ProbeOutcome): void => {
    if (this.#phase === "over") return;
    this.#phase = "over";
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#cancel();
    this.#socket?.terminate();
    const certificateEnd = this.#certificateEnd;
    this.#resolve(certificateEnd === undefined ? outcome : { ...outcome, certificateEnd });
  };

  write(data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (bytes.length > 0) this.#unsent.push(bytes);
    this.#flush();
  }

  secure(tls: TlsModel, onReady: () => void): void {
    const plain = this.#socket;
    if (plain === undefined) return;
    this.#phase = "securing";
    this.#unsent = [];
    this.#layer += 1;
    try {
      const [, secured] = plain.upgradeTLS<undefined>({
        tls: { ...trust(tls), ...offered(this.#target.protocol) },
        socket: {
          ...this.#handlers(),
          handshake: (_: Socket, done: boolean, error: Error | null) =>
            this.#onHandshake(tls, done || !(tls.verify || hasBroken(error)), error, onReady),
        },
      } as never);
      this.#socket = secured as unknown as Socket;
    } catch (thrown) {
      // A file of certificates that cannot be read.
      this.finish({ kind: "not-made", detail: `could not be tried: ${messageOf(thrown)}` });
    }
  }

  /** Until when the other side's certificate is valid, Unix milliseconds. */
  #endOfCertificate(): number | undefined {
    const socket = this.#socket as { getPeerCertificate?(): { readonly valid_to?: string } | undefined } | undefined;
    const end = socket?.getPeerCertificate?.()?.valid_to;
    return end === undefined ? undefined : Date.parse(end);
  }

  async #adopt(fd: number): Promise<void> {
    if (this.#phase === "over") return;
    try {
      const socket = await Bun.connect({ fd, socket: { ...this.#handlers(), open: this.#onOpen } } as never);
      // It may have been over while the runtime took it.
      if ((this.#phase as Phase) === "over") (socket as Socket).terminate();
    } catch (thrown) {
      this.finish({ kind: "not-made", detail: `could not be tried: ${messageOf(thrown)}` });
    }
  }

  #handlers() {
    const { received } = this.#conversation;
    const layer = this.#layer;
    const isTop = () => layer === this.#layer;
    return {
      data: (_: Socket, bytes: Uint8Array) => {
        if (isTop() && this.#phase === "talking") received?.(bytes, this.finish);
      },
      drain: () => this.#flush(),
      end: () => {
        if (isTop()) this.#onEnd();
      },
      close: (_: Socket, error?: Error) => {
        if (!isTop()) return;
        if (error == null) this.#onEnd();
        else this.#onError(error);
      },
      error: (_: Socket, error: Error) => {
        if (isTop()) this.#onError(error);
      },
    };
  }

  readonly #onOpen = (socket: Socket): void => {
    this.#socket = socket;
    if (this.#phase === "over") return void socket.terminate();
    const { tls } = this.#target;
    if (tls === undefined) this.#ready();
    else this.secure(tls, () => this.#ready());
  };

  #ready(): void {
    this.#phase = "talking";
    this.#conversation.connected(this, this.finish);
  }

  #onHandshake(tls: TlsModel, done: boolean, error: Error | null, onReady: () => void): void {
    if (this.#phase !== "securing") return;
    if (!done)
      return this.finish(handshakeFailure(codeOf(error) ?? "", error === null ? "handshake failed" : messageOf(error)));
    const { warnBefore, failBefore } = tls;
    if (warnBefore !== undefined || failBefore !== undefined) this.#certificateEnd = this.#endOfCertificate();
    const ended =
      failBefore === undefined ? undefined : certificateFailure(this.#certificateEnd, failBefore, Date.now());
    if (ended !== undefined) return this.finish(ended);
    this.#phase = "talking";
    onReady();
  }

  #onEnd(): void {
    const { closed } = this.#conversation;
    if (this.#phase === "talking") return this.finish(closed?.() ?? talkFailure("connection closed"));
    this.finish(handshakeFailure("", "connection closed"));
  }

  #onError(error: Error): void {
    const code = codeOf(error) ?? messageOf(error);
    this.finish(this.#phase === "securing" ? handshakeFailure(code, messageOf(error)) : talkFailure(code));
  }

  readonly #onLimit = (): void => {
    const { awaited } = this.#conversation;
    const what =
      this.#phase === "connecting" ? "connection" : this.#phase === "securing" ? "TLS" : (awaited?.() ?? "answer");
    this.finish({ kind: "failed", detail: `no ${what} within ${this.#limit.text}` });
  };

  readonly #onAbort = (): void => this.finish(aborted);

  #flush(): void {
    while (this.#phase !== "over" && this.#socket !== undefined) {
      const [next] = this.#unsent;
      if (next === undefined) return;
      const sent = Math.max(0, this.#socket.write(next));
      if (sent < next.length) {
        this.#unsent[0] = next.subarray(sent);
        return;
      }
      this.#unsent.shift();
    }
  }
}

/** The runtime says that a handshake was not done also when all that is wrong is the certificate, whether or not anybody asked. */
function hasBroken(error: Error | null): boolean {
  return error === null || ["EPROTO", "ECONNRESET", "EPIPE"].includes(codeOf(error) ?? "");
}

/** What is asked for, what is believed, and who we are. Files may be exchanged while the agent runs: they are read each time. */
function trust({ serverName, verify, caFile, client }: TlsModel) {
  return {
    rejectUnauthorized: verify,
    ...(serverName !== undefined && { serverName }),
    ...(verify && caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(client !== undefined && ourselves(client)),
  };
}

function ourselves({ certificate, key, passwordFile }: ClientCertificateModel) {
  return {
    cert: readFileSync(certificate),
    key: readFileSync(key),
    ...(passwordFile !== undefined && { passphrase: readLoginPassword(passwordFile) }),
  };
}

/** One protocol, as ALPN has it on the wire: its length first (RFC 7301, section 3.1). */
function offered(protocol: string | undefined) {
  return protocol === undefined
    ? {}
    : { ALPNProtocols: Buffer.from(`${String.fromCharCode(protocol.length)}${protocol}`) };
}
