// The demo's story, told while it happens. Run by scripts/demo, in a kernel with IPVS.

import { layPair, type Pair, url, virtualAddress } from "../test/e2e/pair.ts";
import { Capture, type CapturedFrame, type VrrpFrame } from "../test/support/capture.ts";
import { Client, type Request, tally } from "../test/support/client.ts";
import type { Role } from "../test/support/director.ts";
import { until } from "../test/support/until.ts";
import { mistakes, pushes, restart, withKeepalived } from "./demo-controller.ts";
import { duration, say, table, title } from "./demo-output.ts";

const addresses = Object.values(virtualAddress);

title("vipward: two directors, four real servers, one client");
say(`
                       client 10.9.0.50
   front  10.9.0.0/24 ────────┬──────────────────────────────
             ┌────────────┬───┴────────┬────────────┐
           lb1 .1       lb2 .2       r1 .11       r2 .12      direct routing and tunnel
             └────────────┴───┬────────┬────────────┐
   back   10.8.0.0/24 ────────┴────────┼────────────┼────────
                                     r3 .13       r4 .14      masquerade

   virtual addresses: 10.9.0.100 direct, .101 masquerade, .102 tunnel; 10.8.0.254 is the way back for masquerade
`);
say("laying the network and starting the real servers");
const pair = await layPair("demo");
const { lb1 } = pair;
const capture = await Capture.start(pair.network, "client");
try {
  await election(pair);
  await forwarding(pair);
  await lossOfARealServer(pair);
  await crashes(pair);
  await lossOfADirector(pair);
  await requestedStop(pair);
  await pushes(pair);
  await mistakes(pair);
  await restart(pair);
  await withKeepalived(pair, { url: url.direct, capture });
} finally {
  await pair.network.dispose();
}

async function election({ lb1, lb2 }: Pair): Promise<void> {
  title("1. Both directors start with a keepalived.conf; priorities 100 and 50");
  const start = Date.now();
  await Promise.all([lb1.start().ready(), lb2.start().ready()]);
  await lb1.becomesMaster(virtualAddress.direct);
  const master = Date.now() - start;
  await until(() => lb1.destinations() === 8 && lb2.destinations() === 8, { what: "both tables are whole" });
  table(
    ["", "lb1 (100)", "lb2 (50)"],
    [
      [
        "holds the virtual addresses",
        yes(addresses.every((a) => lb1.holds(a))),
        yes(addresses.some((a) => lb2.holds(a))),
      ],
      ["IPVS destinations", String(lb1.destinations()), String(lb2.destinations())],
    ],
  );
  say(
    `lb1 is master ${duration(master)} after both were started (state MASTER listens for one interval and the skew time: 1.6 s)\n`,
  );
  say("$ vipward status      (on lb1)");
  say(lb1.cli("status").stdout);
}

async function forwarding(pair: Pair): Promise<void> {
  title("2. A client asks through the virtual addresses");
  const rows: string[][] = [];
  for (const [method, address] of Object.entries(url)) {
    const client = Client.start(pair.network, "client", address, { perSecond: 50, limitMs: 2000 });
    const requests = (await client.waitFor((all) => all.length >= 80, { what: "80 answers", timeoutMs: 60_000 })).slice(
      0,
      80,
    );
    await client.stop();
    const counts = Object.entries(tally(requests)).sort();
    const median = requests.map(({ ms }) => ms).sort((a, b) => a - b)[40] ?? 0;
    rows.push([
      method,
      address,
      counts.map(([server, count]) => `${server} ${count}`).join("  "),
      method === "direct" ? "3:1" : "1:1",
      duration(median),
    ]);
  }
  table(["forwarding", "asked", "answered by", "weights", "median"], rows);
  say("$ ipvsadm -Ln         (on lb1; not our program)");
  say(pair.network.run("lb1", ["ipvsadm", "-Ln"]));
}

async function lossOfARealServer(pair: Pair): Promise<void> {
  title("3. r1's listener stops, and comes back (TCP_CHECK every 1 s, one retry after 1 s)");
  const client = Client.start(pair.network, "client", url.direct, { perSecond: 50, limitMs: 1000 });
  await client.next(20);
  const stopped = Date.now();
  await pair.realServers.r1.close();
  await until(() => lb1.destinations() === 6, { what: "r1 is out", everyMs: 2, timeoutMs: 20_000 });
  const removed = Date.now();
  await client.next(60);
  await pair.realServers.r1.open();
  const opened = Date.now();
  await until(() => lb1.destinations() === 8, { what: "r1 is back", everyMs: 2, timeoutMs: 20_000 });
  const back = Date.now();
  await client.next(40);
  const requests = await client.stop();
  const failed = (from: number, to: number) =>
    String(requests.filter((one) => !one.ok && one.at >= from && one.at < to).length);
  table(
    ["", "after", "failed requests"],
    [
      [
        "listener closed → out of the pool",
        duration(removed - stopped),
        `${failed(stopped, removed)} while it was not yet known`,
      ],
      ["out of the pool → listener back", duration(opened - removed), failed(removed, opened)],
      ["listener back → in the pool", duration(back - opened), failed(opened, Date.now())],
    ],
  );
}

async function crashes(pair: Pair): Promise<void> {
  title("4. Each process of the master is killed, or stopped so that it hangs, while the client goes on");
  const rows: string[][] = [];
  const hurts: readonly (readonly [Role, NodeJS.Signals])[] = [
    ["checkers", "SIGKILL"],
    ["checkers", "SIGSTOP"],
    ["vrrp", "SIGKILL"],
    ["vrrp", "SIGSTOP"],
    ["control", "SIGKILL"],
  ];
  for (const [role, signal] of hurts) {
    const client = Client.start(pair.network, "client", url.direct, { perSecond: 50, limitMs: 1000 });
    await client.next(10);
    let fewest = Number.POSITIVE_INFINITY;
    const look = setInterval(() => {
      fewest = Math.min(fewest, pair.lb1.destinations());
    }, 5);
    const before = pair.lb1.pid(role);
    const start = Date.now();
    pair.lb1.signal(role, signal);
    if (role === "control") pair.lb1.start();
    await until(() => pair.lb1.pid(role) !== undefined && pair.lb1.pid(role) !== before, {
      what: `a new ${role} process`,
      timeoutMs: 30_000,
      everyMs: 2,
    });
    const replaced = Date.now() - start;
    await until(() => pair.lb1.cli("status").code === 0, { what: "the agent answers", timeoutMs: 30_000, everyMs: 50 });
    await client.next(20);
    const requests = (await client.stop()).filter((one) => one.at >= start);
    clearInterval(look);
    rows.push([
      `${signal} ${role}`,
      role === "control" ? `${duration(replaced)} (restarted by us)` : duration(replaced),
      `${requests.filter(({ ok }) => !ok).length} of ${requests.length}`,
      `${fewest} of 8`,
      yes(pair.lb1.holds(virtualAddress.direct)),
      yes(pair.lb2.holds(virtualAddress.direct)),
    ]);
  }
  table(
    ["what", "replaced after", "failed requests", "fewest IPVS destinations", "lb1 has the address", "lb2 has it"],
    rows,
  );
}

async function lossOfADirector(pair: Pair): Promise<void> {
  title("5. kill -9 of the whole master; nothing restarts it");
  const client = Client.start(pair.network, "client", url.direct, { perSecond: 50, limitMs: 1000 });
  await client.next(10);
  const killed = Date.now();
  pair.lb1.killEverything();
  const first = await capture.waitFor(from("10.9.0.2"), {
    what: "the backup advertises",
    since: killed,
    timeoutMs: 20_000,
  });
  const last = capture.frames().filter(from("10.9.0.1")).at(-1)?.at ?? killed;
  await pair.lb2.becomesMaster(virtualAddress.direct);
  await until(() => addresses.every((address) => !pair.lb1.holds(address)), {
    what: "the lease ends",
    timeoutMs: 30_000,
  });
  const lease = Date.now() - killed;
  await client.next(20);
  table(
    ["", "measured", "the protocol's own time"],
    [
      ["last advertisement of lb1 → first of lb2", duration(first.at - last), "3.805 s = 3 × 1 s + (256 − 50) / 256 s"],
      ["killed → first advertisement of lb2", duration(first.at - killed), ""],
      ["killed → the kernel took the addresses from lb1", duration(lease), "10 s lease, renewed every third of it"],
      ["failed requests", failedIn(client.requests(), killed), ""],
    ],
  );
  say("lb1 is started again");
  const started = Date.now();
  pair.lb1.start();
  await until(() => pair.lb1.holds(virtualAddress.direct) && !pair.lb2.holds(virtualAddress.direct), {
    what: "lb1 preempts",
    timeoutMs: 30_000,
  });
  say(
    `it is master again after ${duration(Date.now() - started)}; failed requests meanwhile: ${failedIn(await client.stop(), started)}\n`,
  );
}

async function requestedStop(pair: Pair): Promise<void> {
  title("6. vipward stop on the master");
  const client = Client.start(pair.network, "client", url.direct, { perSecond: 50, limitMs: 1000 });
  await client.next(10);
  const asked = Date.now();
  pair.lb1.cli("stop");
  const resigned = await capture.waitFor(
    (frame) => frame.kind === "vrrp" && frame.priority === 0 && frame.at >= asked,
    { what: "lb1 resigns" },
  );
  const first = await capture.waitFor(from("10.9.0.2"), { what: "lb2 advertises", since: resigned.at });
  await pair.lb1.exited;
  const gone = Date.now();
  await client.next(20);
  table(
    ["", "measured", "the protocol's own time"],
    [
      ["asked → priority 0 on the wire", duration(resigned.at - asked), "(includes the start of the command)"],
      ["priority 0 → first advertisement of lb2", duration(first.at - resigned.at), "0.805 s skew time"],
      ["asked → all processes of lb1 gone", duration(gone - asked), ""],
      ["failed requests", failedIn(await client.stop(), asked), ""],
      [
        "addresses and services left on lb1",
        `${addresses.filter((a) => pair.lb1.holds(a)).length} and ${pair.lb1.table().length}`,
        "",
      ],
    ],
  );
}

function from(source: string): (frame: CapturedFrame) => frame is VrrpFrame {
  return (frame): frame is VrrpFrame => frame.kind === "vrrp" && frame.source === source && frame.priority > 0;
}

function failedIn(requests: readonly Request[], since: number): string {
  const later = requests.filter(({ at }) => at >= since);
  return `${later.filter(({ ok }) => !ok).length} of ${later.length}`;
}

function yes(value: boolean): string {
  return value ? "yes" : "no";
}
