// What sessions at keepalived's default of 10 ms cost the vrrp process, how late its timers are beside them, and whether any is lost: two directors
// with so many sessions between them, for ten seconds. `bun test/bfd/measure-sessions.ts 1 10 50`, as root or in the lab, with dist/vipward built.

import { readFileSync } from "node:fs";
import { Director } from "../support/director.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const forMs = 10_000;
const hertz = 100; // USER_HZ: the unit of /proc/PID/stat

for (const text of process.argv.slice(2)) await measure(Number(text));

async function measure(count: number): Promise<void> {
  const network = Network.create("bfm");
  await using _ = network;
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const directors = ([1, 2] as const).map((side) => {
    const host = `lb${side}`;
    network.addHost(host, `10.9.0.${side}/24`);
    network.configure(
      host,
      numbers.map((number) => `address add 10.8.${side}.${number}/16 dev eth0`),
    );
    const sessions = numbers.map(
      (number) =>
        `bfd_instance s${number} {\n neighbor_ip 10.8.${3 - side}.${number}\n source_ip 10.8.${side}.${number}\n}\n`,
    );
    return new Director(network, host).writeConfig(sessions.join(""));
  });
  await Promise.all(directors.map((director) => director.start().ready()));
  const [director] = directors as [Director];
  const states = () => {
    const { bfd_sessions, processes } = JSON.parse(director.cli("status", "-o", "json").stdout);
    return {
      sessions: bfd_sessions as readonly Record<string, string>[],
      processes: processes as readonly Record<string, string>[],
    };
  };
  await until(() => states().sessions.every(({ state }) => state === "BFD_STATE_UP"), {
    ...{ what: "all are up", timeoutMs: 30_000, everyMs: 500, evidence: () => director.logText() },
  });
  const before = { used: cpuMs(director), times: timesUp(states().sessions) };
  await Bun.sleep(forMs);
  const used = cpuMs(director) - before.used;
  const { sessions, processes } = states();
  const late = processes.find(({ role }) => role === "PROCESS_ROLE_VRRP")?.max_lateness;
  const lost = timesUp(sessions) - before.times;
  console.log(
    `${count} sessions: ${((100 * used) / forMs).toFixed(1)} % of a core, timers late by ${late} at most, ${lost} sessions lost and found`,
  );
}

function timesUp(sessions: readonly Readonly<Record<string, string>>[]): number {
  return sessions.reduce((sum, session) => sum + Number(session.times_up), 0);
}

function cpuMs(director: Director): number {
  const fields =
    readFileSync(`/proc/${director.pid("vrrp")}/stat`, "utf8")
      .split(") ")[1]
      ?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / hertz;
}
