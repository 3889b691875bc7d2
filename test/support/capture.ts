/** What goes over a host's wire as seen by tcpdump: advertisements, ARP and neighbour announcements, with timestamps. */
import type { HostProcess, Network } from "./network.ts";
import { type Patience, until } from "./until.ts";

interface Frame {
  /** Kernel's receive time: milliseconds since 1970. */
  readonly at: number;
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** tcpdump's whole line. */
  readonly line: string;
}

export interface VrrpFrame extends Frame {
  readonly kind: "vrrp";
  readonly source: string;
  readonly destination: string;
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly priority: number;
  /** Advertisement interval, in milliseconds. */
  readonly intervalMs: number;
}

export interface ArpFrame extends Frame {
  readonly kind: "arp";
  readonly operation: "request" | "reply";
  /** The address asked for or announced. */
  readonly target: string;
  /** Who asks (request), or the MAC address that answers (reply). */
  readonly sender: string;
}

export interface NeighborFrame extends Frame {
  readonly kind: "neighbor";
  readonly operation: "solicitation" | "advertisement";
  readonly source: string;
  readonly destination: string;
  readonly target: string;
}

export interface OtherFrame extends Frame {
  readonly kind: "other";
}

export type CapturedFrame = VrrpFrame | ArpFrame | NeighborFrame | OtherFrame;

export interface CaptureOptions {
  readonly link?: string;
  /** A pcap filter; without one, VRRP, ARP and neighbour discovery. */
  readonly filter?: string;
}

const ANNOUNCEMENTS = "ip proto 112 or ip6 proto 112 or arp or (icmp6 and (ip6[40] = 135 or ip6[40] = 136))";

export class Capture {
  private constructor(readonly process: HostProcess) {}

  /** Starts tcpdump on a host (eth0 unless another link is named); resolves when it captures. */
  static async start(
    network: Network,
    host: string,
    { link = "eth0", filter = ANNOUNCEMENTS }: CaptureOptions = {},
  ): Promise<Capture> {
    // -Z root: tcpdump must not change to a user that cannot write here. One packet at a time, because buffering delays lines.
    const options = ["-Z", "root", "-i", link, "-n", "-e", "-tt", "-l", "-p", "-s", "256", "--immediate-mode"];
    const capture = new Capture(network.spawn(host, ["tcpdump", ...options, filter]));
    await until(() => capture.process.output().includes("listening on"), {
      what: `tcpdump on ${host} captures on ${link}`,
      timeoutMs: 30_000,
      evidence: () => capture.process.output(),
    });
    return capture;
  }

  /** Everything captured so far, oldest first. */
  frames(): CapturedFrame[] {
    const lines = this.process.output().split("\n");
    lines.pop(); // empty, or half written
    return lines.flatMap((line) => parseFrame(line) ?? []);
  }

  /** Waits for the first frame, from the start of the capture or from `since`, that satisfies the predicate. */
  waitFor<F extends CapturedFrame>(
    predicate: (frame: CapturedFrame) => frame is F,
    patience: Patience & { readonly since?: number },
  ): Promise<F>;
  waitFor(
    predicate: (frame: CapturedFrame) => boolean,
    patience: Patience & { readonly since?: number },
  ): Promise<CapturedFrame>;
  waitFor(
    predicate: (frame: CapturedFrame) => boolean,
    { since = 0, ...patience }: Patience & { readonly since?: number },
  ): Promise<CapturedFrame> {
    return until(() => this.frames().find((frame) => frame.at >= since && predicate(frame)), {
      evidence: () => this.process.output().split("\n").slice(-20).join("\n"),
      ...patience,
    });
  }

  async stop(): Promise<CapturedFrame[]> {
    this.process.kill("SIGTERM");
    await this.process.exited;
    return this.frames();
  }
}

const FRAME = /^(\d+\.\d+) (\S+) > ([^,]+), ethertype [^:]+, length \d+: (.*)$/;
const VRRP = /^(\S+) > (\S+): VRRPv([23]), Advertisement,.* vrid (\d+), prio (\d+),.* intvl (\d+)(cs|s)/;
const ARP_REQUEST = /^Request who-has (\S+)(?: \(\S+\))? tell ([^,]+),/;
const ARP_REPLY = /^Reply (\S+) is-at ([^,]+),/;
const NEIGHBOR = /^(\S+) > (\S+): ICMP6, neighbor (solicitation|advertisement),.* (?:who has|tgt is) ([^,]+),/;

/** The frame that a line of `tcpdump -n -e -tt` describes; undefined for lines that describe none. */
export function parseFrame(line: string): CapturedFrame | undefined {
  const [, seconds, sourceMac, destinationMac, rest] = FRAME.exec(line) ?? [];
  if (!seconds || !sourceMac || !destinationMac || rest === undefined) return undefined;
  const frame = { at: Number(seconds) * 1000, sourceMac, destinationMac, line };
  return { ...frame, ...(vrrp(rest) ?? arp(rest) ?? neighbor(rest) ?? { kind: "other" }) };
}

type Content<F extends Frame> = Omit<F, keyof Frame>;

function vrrp(text: string): Content<VrrpFrame> | undefined {
  const [, source, destination, version, vrid, priority, interval, unit] = VRRP.exec(text) ?? [];
  if (!source || !destination) return undefined;
  return {
    kind: "vrrp",
    source,
    destination,
    version: version === "2" ? 2 : 3,
    vrid: Number(vrid),
    priority: Number(priority),
    intervalMs: Number(interval) * (unit === "cs" ? 10 : 1000),
  };
}

function arp(text: string): Content<ArpFrame> | undefined {
  const [, asked, asker] = ARP_REQUEST.exec(text) ?? [];
  if (asked && asker) return { kind: "arp", operation: "request", target: asked, sender: asker };
  const [, announced, mac] = ARP_REPLY.exec(text) ?? [];
  if (announced && mac) return { kind: "arp", operation: "reply", target: announced, sender: mac };
  return undefined;
}

function neighbor(text: string): Content<NeighborFrame> | undefined {
  const [, source, destination, operation, target] = NEIGHBOR.exec(text) ?? [];
  if (!source || !destination || !target) return undefined;
  return {
    kind: "neighbor",
    operation: operation === "solicitation" ? "solicitation" : "advertisement",
    source,
    destination,
    target,
  };
}
