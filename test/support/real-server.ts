/** Real servers on hosts of a `Network`: starting one, telling it what to do, preparing its host for a forwarding method. */
import { connect } from "node:net";
import { join } from "node:path";
import type { HostProcess, Network } from "./network.ts";
import { until } from "./until.ts";

/** How a real server answers every request from now on. */
export interface Answer {
  readonly status: number;
  /** A line feed is added. */
  readonly body: string;
  /** Milliseconds between request and answer. */
  readonly delayMs: number;
}

/** What the fixture's control socket understands. */
export type Command =
  | { readonly do: "open" }
  | { readonly do: "close" }
  | { readonly do: "answer"; readonly answer: Partial<Answer> }
  | { readonly do: "report" };

/** What the fixture replies to each command. */
export interface Report {
  readonly listening: boolean;
  /** Requests answered or about to be, per path. */
  readonly requests: Readonly<Record<string, number>>;
}

/** A running HTTP server that answers with its host's name. Stays alive while closed, so opening again is quick. */
export class RealServer {
  private constructor(
    readonly process: HostProcess,
    readonly control: string,
  ) {}

  /** Starts a server on a host, on all its addresses of both families, and waits until it listens. */
  static async start(network: Network, host: string, port = 80): Promise<RealServer> {
    const control = join(network.directory, `${host}-${port}.sock`);
    const script = join(import.meta.dir, "real-server-fixture.ts");
    const started = network.spawn(host, [process.execPath, script, host, String(port), control]);
    const server = new RealServer(started, control);
    await until(() => started.output().includes("ready"), {
      what: `the real server on ${host} listens on port ${port}`,
      timeoutMs: 30_000,
      evidence: () => started.output(),
    });
    return server;
  }

  /** Closes the listener and all connections: clients are refused from the moment this resolves. */
  close(): Promise<Report> {
    return this.#tell({ do: "close" });
  }

  /** Listens again. */
  open(): Promise<Report> {
    return this.#tell({ do: "open" });
  }

  /** Changes how requests are answered. */
  answerWith(answer: Partial<Answer>): Promise<Report> {
    return this.#tell({ do: "answer", answer });
  }

  report(): Promise<Report> {
    return this.#tell({ do: "report" });
  }

  /** Unix sockets with a path do not care for network namespaces. */
  #tell(command: Command): Promise<Report> {
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = connect(this.control, () => socket.write(`${JSON.stringify(command)}\n`));
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        text += chunk;
        if (!text.endsWith("\n")) return;
        socket.end();
        resolve(JSON.parse(text));
      });
    });
  }
}

/** Gives a host the virtual addresses on lo and keeps it silent about them in ARP, as direct routing demands of real servers. */
export function acceptDirectRouting(network: Network, host: string, virtualAddresses: readonly string[]): void {
  network.setKernelParameters(host, { "net.ipv4.conf.all.arp_ignore": 1, "net.ipv4.conf.all.arp_announce": 2 });
  network.configure(
    host,
    virtualAddresses.map((address) => `address add ${hostRoute(address)} dev lo`),
  );
}

/** Lets a host receive IP-in-IP packets for the virtual addresses, as the tunnel method demands of real servers. */
export function acceptTunnel(network: Network, host: string, virtualAddresses: readonly string[]): void {
  // The kernel makes tunl0 when ipip is loaded; where it is built in, it is there and modprobe has nothing to load.
  network.exec(host, ["modprobe", "-q", "ipip"]);
  network.configure(host, [
    "link set tunl0 up",
    ...virtualAddresses.map((address) => `address add ${hostRoute(address)} dev tunl0`),
  ]);
  network.setKernelParameters(host, {
    "net.ipv4.conf.all.arp_ignore": 1,
    "net.ipv4.conf.all.arp_announce": 2,
    "net.ipv4.conf.all.rp_filter": 0,
    "net.ipv4.conf.tunl0.rp_filter": 0,
  });
}

/** Sends a host's replies through a director, as masquerade demands of real servers; the director has to forward. */
export function replyThrough(network: Network, host: string, gateway: string): void {
  network.configure(host, [`route replace default via ${gateway}`]);
}

/** Makes a host forward packets between its interfaces, as masquerade demands of directors. */
export function forwardPackets(network: Network, director: string): void {
  network.setKernelParameters(director, { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 });
}

function hostRoute(address: string): string {
  return address.includes(":") ? `${address}/128 nodad` : `${address}/32`;
}
