// The TCP probe by the forwarding path: a handshake with the virtual address on the real server is begun and given up. It passes when the real server
// accepts; so it takes the packets that IPVS sends, has the virtual address, and somebody listens there. keepalived sees none of this.

import { formatDuration } from "../../base/duration.ts";
import { codeOf, messageOf } from "../../base/errors.ts";
import type { PathProbeModel, TcpProbeModel } from "../../config/model.ts";
import type { ForwardingPath } from "../../kernel/forwarding-path.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { type Endpoints, readSegment, resetPacket, synPacket, tcpFlags } from "../core/tcp-segment.ts";
import { connectFailure } from "./connection-failure.ts";
import { aborted, type Finish, type ProbeParts } from "./stream.ts";

/** How long a hardware address that was asked for, and then an answer, is waited for before it is tried again. */
const [askAgainMs, sendAgainMs] = [20, 1000];

/** One attempt. */
export function pathHandshake(
  { address, port, timeout, source, path }: TcpProbeModel & { readonly path: PathProbeModel },
  signal: AbortSignal,
  { paths, descriptors }: ProbeParts,
): Promise<ProbeOutcome> {
  if (signal.aborted) return Promise.resolve(aborted);
  if (!descriptors.take()) return Promise.resolve(descriptors.exhausted);
  return new Promise((resolve) => {
    const sequence = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    let way: ForwardingPath | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let isSent = false;
    let isOver = false;
    const finish: Finish = (outcome) => {
      if (isOver) return;
      isOver = true;
      for (const one of [limit, again]) clearTimeout(one);
      signal.removeEventListener("abort", onAbort);
      way?.close();
      descriptors.giveBack();
      resolve(outcome);
    };
    const trying = (act: () => void) => {
      try {
        act();
      } catch (thrown) {
        finish(pathFailure(codeOf(thrown) ?? messageOf(thrown), source));
      }
    };
    const onAbort = () => finish(aborted);
    const onLimit = () => finish({ kind: "failed", detail: silence(path, isSent, formatDuration(timeout)) });
    const limit = setTimeout(onLimit, timeout);
    signal.addEventListener("abort", onAbort);
    const ends = (): Endpoints => ({
      ...{ source: way?.source ?? address, sourcePort: way?.port ?? 0 },
      ...{ target: path.virtualAddress, targetPort: port },
    });
    const ask = () =>
      trying(() => {
        isSent = way?.send(synPacket(ends(), sequence)) ?? false;
        again = setTimeout(ask, isSent ? sendAgainMs : askAgainMs);
      });
    const take = (packet: Uint8Array) => {
      const seen = isOver ? undefined : readSegment(packet);
      const isOurs = seen?.source === path.virtualAddress && seen.sourcePort === port;
      if (!isOurs || seen.acknowledged !== (sequence + 1) >>> 0) return;
      if ((seen.flags & tcpFlags.reset) !== 0)
        return finish({ kind: "failed", detail: `connection refused by ${path.virtualAddress}` });
      if ((seen.flags & tcpFlags.syn) === 0) return;
      trying(() => void way?.send(resetPacket(ends(), sequence + 1)));
      finish({ kind: "passed", detail: `${path.virtualAddress} accepted` });
    };
    trying(() => {
      way = paths.open(
        { realServer: address, virtualAddress: path.virtualAddress, method: path.method, source: source.address },
        take,
      );
      ask();
    });
  });
}

function pathFailure(code: string, source: TcpProbeModel["source"]): ProbeOutcome {
  if (code === "EHOSTUNREACH")
    return { kind: "failed", detail: "it is behind a router, where direct routing cannot reach it" };
  if (code === "EPERM") return { kind: "not-made", detail: "could not be tried: the agent lacks CAP_NET_RAW (EPERM)" };
  return connectFailure(code, source);
}

function silence({ virtualAddress, method }: PathProbeModel, isSent: boolean, limit: string): string {
  if (!isSent) return `its hardware address was not learnt within ${limit}`;
  const needed = method === "direct" ? "the address" : "the address and the tunnel";
  return `${virtualAddress} did not answer within ${limit}: does the real server have ${needed}?`;
}
