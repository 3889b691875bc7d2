// Checks on a real kernel and a real network: what is known of real servers outlives every process, what flaps is kept out, certificates that end soon are
// told, and what a change removes is drained first.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Authority, type CertificateFiles } from "../control/certificates.ts";
import { Client } from "../support/client.ts";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { acceptDirectRouting, forwardPackets, RealServer } from "../support/real-server.ts";
import { until } from "../support/until.ts";

const virtualAddress = "10.9.0.100";
const fixture = join(import.meta.dir, "../support/checked-services-fixture.ts");

interface Site {
  readonly network: Network;
  readonly director: Director;
  /** What the services of r1 answer from now on. */
  readonly answer: (state: { readonly agent?: string; readonly status: number }) => void;
}

/** A director that has the virtual address, a client, and three real servers; r1 has services that newer checks ask. */
async function lay(prefix: string): Promise<Site> {
  const network = Network.create(prefix);
  network.addHost("lb", "10.9.0.1/24");
  network.configure("lb", [`address add ${virtualAddress}/32 dev eth0`]);
  forwardPackets(network, "lb");
  network.addHost("client", "10.9.0.50/24");
  for (const last of [1, 2, 3]) {
    network.addHost(`r${last}`, `10.9.0.1${last}/24`);
    acceptDirectRouting(network, `r${last}`, [virtualAddress]);
  }
  const file = join(network.directory, "answers.json");
  const answer: Site["answer"] = (state) => writeFileSync(file, JSON.stringify(state));
  answer({ agent: "50%", status: 200 });
  const services = network.spawn("r1", [process.execPath, fixture, file]);
  await until(() => services.output().includes("ready"), { what: "the services of r1 listen", timeoutMs: 20_000 });
  return { network, director: new Director(network, "lb"), answer };
}

function write(director: Director, realServers: readonly object[], more: object = {}): void {
  const pace = { delay: "500ms", retries: 0, warmup: 0, timeout: "1s" };
  const server = {
    address: virtualAddress,
    port: 80,
    protocol: "tcp",
    scheduler: "wrr",
    forwarding: "direct",
    ...pace,
  };
  director.writeConfig(JSON.stringify({ virtual_servers: [{ ...server, ...more, real_servers: realServers }] }));
}

/** "10.9.0.11 50": who is in the kernel's table, with which weight. */
function pool(director: Director): string[] {
  return director.table().flatMap((line) => {
    const [, address, weight] = /-r (\S+):80 .*-w (\d+)/.exec(line) ?? [];
    return address === undefined ? [] : [`${address} ${weight}`];
  });
}

/** Everything that the pool ever was, by looking again and again. */
function watchPool(director: Director): { readonly seen: Set<string>; [Symbol.dispose](): void } {
  const seen = new Set<string>();
  const timer = setInterval(() => {
    for (const one of pool(director)) seen.add(one);
  }, 50);
  return { seen, [Symbol.dispose]: () => clearInterval(timer) };
}

interface Shown {
  readonly state?: string;
  readonly certificateNotAfter?: string;
  readonly probes?: string | number;
  readonly history?: readonly { readonly time: string; readonly detail: string }[];
}

function checkers(director: Director, name: string): readonly Shown[] {
  const all: readonly Shown[] = JSON.parse(director.cli("checkers", "-o", "json").stdout || "[]");
  return all.filter((one) => JSON.stringify(one).includes(`"${name}"`));
}

async function answers(director: Director): Promise<void> {
  await until(() => director.cli("status").code === 0 && director.pid("checkers") !== undefined, {
    what: "the agent answers",
    timeoutMs: 30_000,
    everyMs: 100,
    evidence: () => director.logText(),
  });
}

test.skipIf(!kernelHasIpvs)(
  "weights, verdicts and attempts outlive the checkers process, an apply, the death of everything, and a restart",
  async () => {
    const { network, director, answer } = await lay("know");
    await using _ = network;
    const realServers = (second: number) => [
      {
        address: "10.9.0.11",
        weight: 100,
        checkers: [
          { agent: { port: 9999, timeout: "60s" } },
          { http: { port: 8080, version: "2", max_redirects: 1, requests: [{ path: "/old" }] } },
          { http: { port: 8443, version: "2", tls: { warn_before: "30d" } } },
        ],
      },
      { address: "10.9.0.12", weight: second },
      { address: "10.9.0.13", weight: 10, delay: "4s", checkers: [{ tcp: {} }] },
    ];
    write(director, realServers(10));
    await director.start().ready();
    const asKnown = ["10.9.0.11 50", "10.9.0.12 10"];
    await until(() => Bun.deepEquals(pool(director), asKnown), {
      what: "the agent's weight is in the kernel, and what refuses is out",
      timeoutMs: 20_000,
      everyMs: 50,
      evidence: () => `${pool(director)} ${director.logText()}`,
    });
    const seen = () => JSON.stringify(checkers(director, "10.9.0.11:80"));
    await until(() => seen().includes("2126-10-31T17:54:21"), {
      what: "the end of the certificate is shown",
      everyMs: 100,
      evidence: seen,
    });
    await until(() => (checkers(director, "10.9.0.13:80")[0]?.history?.length ?? 0) > 1, {
      what: "attempts are known",
      everyMs: 100,
    });
    // From here on the agent takes connections and says nothing: whoever forgets its weight cannot learn it again.
    answer({ status: 200 });
    await Bun.sleep(1_500);

    using watched = watchPool(director);
    director.signal("checkers", "SIGKILL");
    await answers(director);
    await until(() => director.destinations() === 2, { what: "the table is whole after a kill" });
    expect(pool(director)).toEqual(asKnown);

    write(director, realServers(20));
    expect(director.cli("apply", director.configFile)).toMatchObject({ code: 0 });
    expect(pool(director)).toEqual(["10.9.0.11 50", "10.9.0.12 20"]);

    const killedAt = Date.now();
    director.killEverything();
    await until(() => director.pid("checkers") === undefined, { what: "everything is dead" });
    await director.start({ withConfig: false }).ready();
    await answers(director);
    expect(pool(director)).toEqual(["10.9.0.11 50", "10.9.0.12 20"]);
    const attempts = checkers(director, "10.9.0.13:80")[0]?.history ?? [];
    expect(attempts.some(({ time }) => Date.parse(time) < killedAt)).toBe(true);

    expect(director.cli("stop").code).toBe(0);
    await director.exited;
    expect(pool(director)).toEqual([]);
    await director.start({ withConfig: false }).ready();
    await answers(director);
    await until(() => director.destinations() === 2, { what: "the table is whole after a restart" });
    expect(pool(director)).toEqual(["10.9.0.11 50", "10.9.0.12 20"]);
    const right = ["10.9.0.11 50", "10.9.0.12 10", "10.9.0.12 20"];
    expect(watched.seen.size).toBeGreaterThan(0);
    expect([...watched.seen].filter((one) => !right.includes(one))).toEqual([]);
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a real server that flaps is kept out although it passes, and comes back after its time",
  async () => {
    const { network, director, answer } = await lay("flap");
    await using _ = network;
    const check = { http: { port: 8080, version: "2" } };
    const damping = { falls: 2, within: "1m", hold: "8s" };
    write(director, [{ address: "10.9.0.11", checkers: [check] }, { address: "10.9.0.12" }], { flap_damping: damping });
    await director.start().ready();
    const isIn = () => pool(director).length === 2;
    const becomes = (status: number, isThen: boolean) => {
      answer({ status });
      return until(() => isIn() === isThen, {
        what: `it is ${isThen ? "in" : "out"} with status ${status}`,
        timeoutMs: 20_000,
        everyMs: 50,
      });
    };
    await until(isIn, { what: "both are in" });
    await becomes(503, false);
    await becomes(200, true);
    await becomes(503, false);
    const fell = performance.now();
    answer({ status: 200 });
    await until(() => director.cli("checkers", "10.9.0.11:80").stdout.includes("went down too often"), {
      what: "it says that it is kept out",
      everyMs: 100,
    });
    expect(isIn()).toBe(false);
    await until(isIn, { what: "it is in again", timeoutMs: 30_000, everyMs: 50 });
    expect(performance.now() - fell).toBeGreaterThan(7_000);
    expect(director.cli("events").stdout).toContain("checker-held");
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a certificate that ends soon is told once and shown, takes no server out, and is told again when it has been renewed",
  async () => {
    using authority = new Authority();
    const { network, director } = await lay("cert");
    await using _ = network;
    const serve = ({ cert, key }: CertificateFiles) =>
      network.spawn("r1", ["openssl", "s_server", "-accept", "8444", "-cert", cert, "-key", key, "-quiet"]);
    const old = serve(authority.issue("DNS:web.example", 5));
    const check = { tls: { port: 8444, warn_before: "10d", timeout: "30s" } };
    write(director, [{ address: "10.9.0.11", checkers: [check] }]);
    await director.start().ready();
    const events = () => director.cli("events").stdout;
    const told = () =>
      [...events().matchAll(/server-certificate-changed .* (ends soon|was renewed):/g)].map(([, what]) => what);
    const waits = { timeoutMs: 60_000, everyMs: 100, evidence: () => `${events()} ${director.logText()}` };
    await until(() => told().length > 0, { what: "the end of the certificate is told", ...waits });
    expect(told()).toEqual(["ends soon"]);
    const shown = () => director.cli("checkers", "10.9.0.11:80").stdout;
    expect(shown()).toContain("its certificate ends in 4d");
    await until(() => Number(checkers(director, "10.9.0.11:80")[0]?.probes ?? 0) > 2, {
      what: "it is seen again",
      ...waits,
    });
    expect(pool(director)).toEqual(["10.9.0.11 1"]);

    expect(told()).toEqual(["ends soon"]);
    old.kill();
    await old.exited;
    serve(authority.issue("DNS:web.example", 100));
    await until(() => told().length > 1, { what: "the renewed certificate is told", ...waits });
    expect(told()).toEqual(["ends soon", "was renewed"]);
    await until(() => pool(director).length === 1, { what: "the server is in", ...waits });
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a real server that a change removes keeps its connections until they have ended, and clients notice nothing",
  async () => {
    const { network, director } = await lay("leave");
    await using _ = network;
    const [r2, r3] = await Promise.all([RealServer.start(network, "r2", 80), RealServer.start(network, "r3", 80)]);
    await r2.answerWith({ delayMs: 2_000 });
    // Both are in because the virtual address on them has answered.
    const through = { checkers: [{ tcp: { through_forwarding: true, start_down: true } }] };
    write(director, [
      { address: "10.9.0.12", ...through },
      { address: "10.9.0.13", ...through },
    ]);
    await director.start().ready();
    const client = Client.start(network, "client", `http://${virtualAddress}/`, { perSecond: 5, limitMs: 8_000 });
    await until(() => activeConnections(director, "10.9.0.12:80") > 3, {
      what: "requests are under way",
      timeoutMs: 20_000,
      everyMs: 50,
    });
    write(director, [{ address: "10.9.0.13", ...through }]);
    const said = director.cli("apply", director.configFile, "--drain-removed", "60s");
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).toContain("10.9.0.12:80 is drained first");
    expect(pool(director)).toEqual(["10.9.0.12 0", "10.9.0.13 1"]);
    await until(() => pool(director).length === 1, {
      what: "it has gone",
      timeoutMs: 20_000,
      everyMs: 50,
      evidence: () => director.logText(),
    });
    expect(director.cli("events").stdout).toContain("its connections have ended");
    const requests = await client.next(20);
    expect([...client.requests(), ...requests].filter(({ ok }) => !ok)).toEqual([]);
    await client.stop();
    await Promise.all([r2.close(), r3.close()]);
  },
  LAB_TEST_TIMEOUT_MS,
);

function activeConnections(director: Director, endpoint: string): number {
  const lines = director.network.run(director.host, ["ipvsadm", "-Ln"]).split("\n");
  const fields = lines
    .map((line) => line.trim().split(/\s+/))
    .find(([arrow, name]) => arrow === "->" && name === endpoint);
  return Number(fields?.[4] ?? 0);
}
