// The second half of the demo's story: a controller pushes and watches, mistakes change nothing, what was pushed survives a restart, and
// keepalived takes part.

import { join } from "node:path";
import { type Pair, pairConfig, virtualAddress } from "../test/e2e/pair.ts";
import type { Capture, CapturedFrame, VrrpFrame } from "../test/support/capture.ts";
import { Client, longestOutage } from "../test/support/client.ts";
import { binary } from "../test/support/director.ts";
import { KeepalivedDirector } from "../test/support/keepalived.ts";
import { until } from "../test/support/until.ts";
import { bufCurl, pythonCall, pythonWatch, type WatchedServer } from "./demo-calls.ts";
import { duration, say, table, title } from "./demo-output.ts";

type Wire = Record<string, unknown>;

const mail = (weights: readonly number[]): Wire => ({
  address: virtualAddress.direct,
  port: 25,
  protocol: "PROTOCOL_TCP",
  scheduler: "wlc",
  realServers: weights.map((weight, index) => ({ address: `10.9.0.${11 + index}`, port: 25, weight })),
});

/** Pushes with two foreign clients, while a third one watches. */
export async function pushes({ lb2, network }: Pair): Promise<void> {
  title(
    "7. A controller pushes over gRPC with buf curl (by reflection) and Python's grpcio; another one watches (WatchState)",
  );
  const { config } = bufCurl(lb2, "ConfigService/GetConfig", {}).answer as { config: { virtualServers: Wire[] } };
  const watch = pythonWatch(lb2);
  await until(() => watch.heard().some(({ snapshotEnd }) => snapshotEnd), {
    ...{ what: "the watcher has the snapshot", timeoutMs: 30_000 },
    evidence: () => watch.process.output(),
  });
  const snapshot = watch.heard().filter(({ changed }) => changed).length;
  const rows: string[][] = [];
  for (const [what, client, weights] of [
    ["a new virtual server", "buf curl", [5, 1]],
    ["one weight, 5 → 7", "grpcio", [7, 1]],
    ["one real server less", "grpcio", [7]],
  ] as const) {
    const request = { config: { ...config, virtualServers: [...config.virtualServers, mail(weights)] }, reason: what };
    const seen = watch.heard().length;
    const asked = Date.now();
    const answer =
      client === "grpcio"
        ? pythonCall(lb2, "ConfigService/ApplyConfig", request)
        : (bufCurl(lb2, "ConfigService/ApplyConfig", request).answer ?? {});
    const answered = Date.now() - asked;
    const kernel = network
      .run(lb2.host, ["ipvsadm", "-Sn"])
      .split("\n")
      .filter((line) => line.includes("-a") && line.includes(":25"));
    const told = await until(
      () =>
        watch
          .heard()
          .slice(seen)
          .map(mailOf)
          .find((server) => server && isLike(server, weights)),
      {
        ...{ what: "the watcher hears of it", timeoutMs: 20_000 },
        evidence: () => watch.process.output(),
      },
    );
    rows.push([
      what,
      `${client}, ${duration(answered)}`,
      Object.entries((answer.ipvsOperations as object) ?? {})
        .map(([verb, count]) => `${count} ${verb}`)
        .join(", "),
      kernel.map((line) => line.replace(/.* -r (\S+) .*-w (\d+).*/, "$1 weight $2")).join("\n"),
      (told.realServers ?? []).map(({ name, weight }) => `${name} weight ${weight}`).join("\n"),
    ]);
  }
  watch.process.kill("SIGTERM");
  table(["pushed", "by, answered after", "kernel operations", "ipvsadm, at once", "WatchState told"], rows);
  say(
    `the watcher was first given a snapshot of ${snapshot} resources; the times contain the start of a client for each call\n`,
  );
}

function mailOf({
  changed,
}: {
  readonly changed?: { readonly virtualServer?: WatchedServer };
}): WatchedServer | undefined {
  return changed?.virtualServer?.name.endsWith(":25") ? changed.virtualServer : undefined;
}

function isLike({ realServers = [] }: WatchedServer, weights: readonly number[]): boolean {
  return Bun.deepEquals(
    realServers.map(({ weight }) => weight),
    [...weights],
  );
}

/** A push and a file with several mistakes each. */
export async function mistakes({ lb2, network }: Pair): Promise<void> {
  title("8. Mistakes: everything is told at once, nothing changes");
  const before = lb2.table();
  const wrong = {
    vrrpInstances: [
      { name: "VI_1", interface: "eth0", virtualRouterId: 300, virtualAddresses: [{ address: "10.9.0.300" }] },
    ],
    virtualServers: [{ ...mail([70_000]), scheduler: "fastest" }],
  };
  const { code, violations } = bufCurl(lb2, "ConfigService/ApplyConfig", { config: wrong });
  table(
    ["field of the push", "what is wrong"],
    violations.map(({ field, description }) => [field, description]),
  );
  say(`answered with ${code}; IPVS as before: ${Bun.deepEquals(lb2.table(), before) ? "yes" : "no"}\n`);
  const file = join(network.directory, "mistakes.conf");
  await Bun.write(file, wrongFile);
  const checked = Bun.spawnSync([binary, "check", file], { stdout: "pipe", stderr: "pipe" });
  say("$ vipward check mistakes.conf");
  say(checked.stderr.toString().replaceAll(file, "mistakes.conf"));
  say(`exit code ${checked.exitCode}`);
}

const wrongFile = `vrrp_instance VI_1 {
  interface eth0
  prioritty 100
  advert_int soon
}
virtual_server 10.9.0.100 80 {
  lb_algo fastest
}
`;

/** The agent ends and starts, without any file. */
export async function restart({ lb2 }: Pair): Promise<void> {
  title("9. The agent is stopped and started without any file: it runs what was pushed");
  const before = lb2.table();
  lb2.cli("stop");
  await lb2.exited;
  const stopped = lb2.table().length;
  const started = Date.now();
  lb2.start({ withConfig: false });
  await until(() => Bun.deepEquals(lb2.table(), before), {
    what: "what was pushed runs",
    timeoutMs: 30_000,
    everyMs: 20,
  });
  const back = Date.now() - started;
  await lb2.becomesMaster(virtualAddress.direct);
  table(
    ["IPVS lines before", "after the stop", "after the start", "the same", "took"],
    [[String(before.length), String(stopped), String(lb2.table().length), "yes", duration(back)]],
  );
}

/** keepalived is the other director, and better. */
export async function withKeepalived(
  { lb2, network }: Pair,
  { url, capture }: { url: string; capture: Capture },
): Promise<void> {
  title("10. Debian's keepalived 2.2.7 instead of vipward on lb1, with the same file: priority 100 against 50");
  const keepalived = new KeepalivedDirector(
    network,
    "lb1",
    pairConfig({ state: "MASTER", priority: 100, source: "10.9.0.1" }),
  );
  const client = Client.start(network, "client", url, { perSecond: 50, limitMs: 1000 });
  await client.next(10);
  const started = Date.now();
  await keepalived.start();
  const isAlone = () => keepalived.holds(virtualAddress.direct) && !lb2.holds(virtualAddress.direct);
  await until(isAlone, { what: "keepalived is master", timeoutMs: 30_000, evidence: () => keepalived.log() });
  const preempted = Date.now() - started;
  const stopped = Date.now();
  await keepalived.stop();
  const resigned = await capture.waitFor(
    (frame) => frame.kind === "vrrp" && frame.priority === 0 && frame.at >= stopped,
    { what: "keepalived resigns" },
  );
  const first = await capture.waitFor(advertisementOf("10.9.0.2"), { what: "lb2 advertises", since: resigned.at });
  await lb2.becomesMaster(virtualAddress.direct);
  await client.next(20);
  const requests = (await client.stop()).filter(({ at }) => at >= stopped);
  table(
    ["", "measured", "the protocol's own time"],
    [
      ["keepalived started → it alone has the address", duration(preempted), ""],
      ["keepalived resigns → first advertisement of vipward", duration(first.at - resigned.at), "0.805 s skew time"],
      ["a client without service at the takeover", duration(longestOutage(requests)), ""],
    ],
  );
}

function advertisementOf(source: string): (frame: CapturedFrame) => frame is VrrpFrame {
  return (frame): frame is VrrpFrame => frame.kind === "vrrp" && frame.source === source && frame.priority > 0;
}
