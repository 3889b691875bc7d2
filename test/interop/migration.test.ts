// docs/migration.md, step by step: a pair of keepalived becomes a pair of vipward, one director at a time, while a client asks all the time.

import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layPair, type Pair, url, virtualAddress } from "../e2e/pair.ts";
import { Client } from "../support/client.ts";
import { binary, type Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import type { HostProcess } from "../support/network.ts";
import { until } from "../support/until.ts";

function startKeepalived({ network }: Pair, director: Director, host: string): HostProcess {
  const file = (name: string) => join(network.directory, `${host}-keepalived.${name}`);
  const pids = ["-p", file("pid"), "-r", file("vrrp"), "-c", file("checkers")];
  const command = ["keepalived", "-n", "-l", "-D", "-f", director.configFile, ...pids];
  return network.spawn(host, command, { log: file("log") });
}

test.skipIf(!kernelHasIpvs)(
  "a live pair moves from keepalived to vipward one director at a time, and clients are answered at every step",
  async () => {
    const pair = await layPair("migrate");
    await using _ = pair.network;
    const { lb1, lb2 } = pair;
    const old1 = startKeepalived(pair, lb1, "lb1");
    const old2 = startKeepalived(pair, lb2, "lb2");
    const whole = (director: Director) => director.destinations() === 8;
    await until(() => lb1.holds(virtualAddress.direct) && whole(lb1) && whole(lb2), {
      what: "a pair of keepalived serves",
      timeoutMs: 60_000,
    });
    expect(Bun.spawnSync([binary, "check", lb2.configFile]).exitCode).toBe(0);
    const client = Client.start(pair.network, "client", url.direct, { perSecond: 10, limitMs: 10_000 });
    await client.next(20);

    // The backup: nobody notices.
    const before = client.requests().length;
    old2.kill("SIGTERM");
    await old2.exited;
    await lb2.start().ready();
    await until(() => whole(lb2), { what: "vipward on the backup has the whole table", timeoutMs: 30_000 });
    await client.next(20);
    expect(lb1.holds(virtualAddress.direct) && !lb2.holds(virtualAddress.direct)).toBe(true);
    expect(
      client
        .requests()
        .slice(before)
        .filter(({ ok }) => !ok),
    ).toEqual([]);

    // The master: vipward takes over from keepalived, and gives back to vipward.
    old1.kill("SIGTERM");
    await old1.exited;
    await lb2.becomesMaster(virtualAddress.direct);
    expect(lb1.holds(virtualAddress.direct)).toBe(false);
    await isAnswered(client, "by vipward on lb2");
    await lb1.start().ready();
    await until(() => lb1.holds(virtualAddress.direct) && !lb2.holds(virtualAddress.direct), {
      what: "the better director is master again",
      timeoutMs: 30_000,
    });
    await isAnswered(client, "by vipward on lb1");

    // After: the same as YAML, which moves nothing and disturbs nobody; and back, of which keepalived says nothing that it does not say of the first.
    const inHere = (name: string) => join(pair.network.directory, name);
    const asked = client.requests().length;
    const vipward = (...words: string[]) => Bun.spawnSync([binary, ...words]);
    const imported = vipward("import", lb1.configFile, "--secrets", inHere("secrets"));
    expect(imported.exitCode).toBe(0);
    writeFileSync(inHere("director.yaml"), imported.stdout);
    const moves = () => lb1.logText().match(/vrrp-state-changed/g)?.length;
    const moved = moves();
    expect(lb1.cli("apply", inHere("director.yaml"), "--reason", "as YAML")).toMatchObject({ code: 0 });
    await client.next(10);
    expect(
      client
        .requests()
        .slice(asked)
        .filter(({ ok }) => !ok),
    ).toEqual([]);
    expect({ moves: moves(), holds: lb1.holds(virtualAddress.direct), whole: whole(lb1) }).toEqual({
      ...{ moves: moved, holds: true, whole: true },
    });
    writeFileSync(inHere("back.conf"), vipward("export", inHere("director.yaml")).stdout);
    const said = (file: string) => pair.network.exec("lb1", ["keepalived", "-t", "-f", file]).stderr.split("\n");
    const known = said(lb1.configFile);
    const text = readFileSync(inHere("back.conf"), "utf8");
    expect({ text, said: said(inHere("back.conf")).filter((line) => !known.includes(line)) }).toEqual({
      text,
      said: [],
    });
    await client.stop();
  },
  LAB_TEST_TIMEOUT_MS,
);

/** Waits until ten requests one after the other were answered, of those that are asked from now on. */
async function isAnswered(client: Client, what: string): Promise<void> {
  const from = performance.timeOrigin + performance.now();
  await client.waitFor(
    (requests) => {
      const last = requests.filter(({ at }) => at >= from).slice(-10);
      return last.length === 10 && last.every(({ ok }) => ok);
    },
    { what: `the client is answered ${what}`, timeoutMs: 60_000 },
  );
}
