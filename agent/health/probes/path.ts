// The TCP probe by the forwarding path: a handshake with the virtual address on the real server is begun and given up. It passes when the real server
// accepts; so it takes the packets that IPVS sends, has the virtual address, and somebody listens there. keepalived sees none of this.

import { codeOf, messageOf } from "../../base/errors.ts";
import type { PathProbeModel, TcpProbeModel } from "../../config/model.ts";
import type { ForwardingPath, ForwardingPaths } from "../../kernel/forwarding-path.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { type Endpoints, readSegment, resetPacket, synPacket, tcpFlags } from "../core/tcp-segment.ts";
import { connectFailure } from "./connection-failure.ts";
import { limitOf } from "./limit.ts";
import { aborted, type ProbeParts, type TimeLimit } from "./stream.ts";

/** A probe with its way. */
type PathModel = TcpProbeModel & { readonly path: PathProbeModel };

/** How long a hardware address that was asked for, and an answer, is waited for before the packet is sent again. */
const [askAgainMs, sendAgainMs] = [20, 1000];

/** One attempt. */
export function pathHandshake(
  model: PathModel,
  signal: AbortSignal,
  { paths, descriptors }: ProbeParts,
): Promise<ProbeOutcome> {
  if (signal.aborted) return Promise.resolve(aborted);
  if (!descriptors.take()) return Promise.resolve(descriptors.exhausted);
  return new Promise((resolve) => {
    const handshake = new Handshake(model, limitOf(model), signal, (outcome) => {
      descriptors.giveBack();
      resolve(outcome);
    });
    handshake.begin(paths);
  });
}

/** Every way out goes through `#finish`, once. */
class Handshake {
  readonly #model: PathModel;
  readonly #limit: TimeLimit;
  readonly #signal: AbortSignal;
  readonly #resolve: (outcome: ProbeOutcome) => void;
  readonly #timer: ReturnType<typeof setTimeout>;
  /** It tells our handshake from all others that come to the same port. */
  readonly #sequence = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  #way: ForwardingPath | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #isSent = false;
  #isOver = false;

  constructor(model: PathModel, limit: TimeLimit, signal: AbortSignal, resolve: (outcome: ProbeOutcome) => void) {
    this.#model = model;
    this.#limit = limit;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#finish(this.#silence()), model.timeout);
    signal.addEventListener("abort", this.#onAbort);
  }

  begin(paths: ForwardingPaths): void {
    const { address, source, path } = this.#model;
    const { virtualAddress, forwarding } = path;
    this.#trying(() => {
      const target = { realServer: address, virtualAddress, forwarding, source: source.address };
      this.#way = paths.open(target, (packet) => this.#take(packet));
      this.#ask();
    });
  }

  #ask(): void {
    this.#trying(() => {
      this.#isSent = this.#way?.send(synPacket(this.#ends(), this.#sequence)) ?? false;
      this.#again = setTimeout(() => this.#ask(), this.#isSent ? sendAgainMs : askAgainMs);
    });
  }

  #take(packet: Uint8Array): void {
    const { port, path } = this.#model;
    const seen = this.#isOver ? undefined : readSegment(packet);
    const isOurs = seen?.source === path.virtualAddress && seen.sourcePort === port;
    const following = (this.#sequence + 1) >>> 0;
    if (!isOurs || seen.acknowledged !== following) return;
    if ((seen.flags & tcpFlags.reset) !== 0)
      return this.#finish({ kind: "failed", detail: `connection refused by ${path.virtualAddress}` });
    if ((seen.flags & tcpFlags.syn) === 0) return;
    this.#trying(() => void this.#way?.send(resetPacket(this.#ends(), following)));
    this.#finish({ kind: "passed", detail: `${path.virtualAddress} accepted` });
  }

  #ends(): Endpoints {
    const { address, port, path } = this.#model;
    const { source = address, port: sourcePort = 0 } = this.#way ?? {};
    return { source, sourcePort, target: path.virtualAddress, targetPort: port };
  }

  #trying(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#finish(pathFailure(codeOf(thrown) ?? messageOf(thrown), this.#model.source));
    }
  }

  #silence(): ProbeOutcome {
    const { virtualAddress, forwarding } = this.#model.path;
    const { text } = this.#limit;
    if (!this.#isSent) return { kind: "failed", detail: `its hardware address was not learnt within ${text}` };
    const needed = forwarding.method === "direct" ? "the address" : "the address and the tunnel";
    const question = `does the real server have ${needed}?`;
    return { kind: "failed", detail: `${virtualAddress} did not answer within ${text}: ${question}` };
  }

  readonly #onAbort = (): void => this.#finish(aborted);

  #finish(outcome: ProbeOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of [this.#timer, this.#again]) clearTimeout(timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#way?.close();
    this.#resolve(outcome);
  }
}

function pathFailure(code: string, source: TcpProbeModel["source"]): ProbeOutcome {
  if (code === "EHOSTUNREACH")
    return { kind: "failed", detail: "it is behind a router, where direct routing cannot reach it" };
  if (code === "EPERM") return { kind: "not-made", detail: "could not be tried: the agent lacks CAP_NET_RAW (EPERM)" };
  if (code === "EOPNOTSUPP")
    return { kind: "not-made", detail: "could not be tried: it needs a kernel of version 5.0 (EOPNOTSUPP)" };
  return connectFailure(code, source);
}
