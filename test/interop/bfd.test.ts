// BFD sessions of vipward with keepalived 2.2.7 and FRR's bfdd: each end comes up and notices when the other is gone; instances that follow a
// session move, and a real server whose session is down is out of IPVS. In the lab with LAB_EXTRA="frr tshark".

import { expect, test } from "bun:test";
import { Director } from "../support/director.ts";
import { hasFrr } from "../support/frr.ts";
import { FrrBfd } from "../support/frr-bfd.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const vip = "10.9.0.100";

function bfdInstance(name: string, neighbour: string, lines: readonly string[] = []): string {
  return `bfd_instance ${name} {\n  neighbor_ip ${neighbour}\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

/** Slow enough for a machine that is busy with other things: silence of one and a half seconds. */
const calm = ["min_rx 100", "min_tx 100", "multiplier 15"];

/** What the events of a director say of sessions: "edge up", "edge down". */
function changes(director: Director): readonly string[] {
  const lines = director.cli("events").stdout.split("\n");
  return lines.flatMap((line) => {
    const [, name, state] = /bfd-session-changed (\S+) \S+ (up|down)/.exec(line) ?? [];
    return name === undefined ? [] : [`${name} ${state}`];
  });
}

function isUp(director: Director, name: string): boolean {
  return new RegExp(`^bfd ${name}: .* state up`, "m").test(director.cli("vrrp").stdout);
}

async function settles(what: string, condition: () => boolean, evidence: () => string): Promise<void> {
  await until(condition, { what, timeoutMs: 30_000, everyMs: 50, evidence });
}

test.skipIf(!kernelHasIpvs)(
  "keepalived over IPv4 and IPv6, with the same lines on both: the sessions come up, and each end notices that the other is killed, and stopped",
  async () => {
    const network = Network.create("bk");
    await using _ = network;
    for (const number of [1, 2]) network.addHost(`lb${number}`, `10.9.0.${number}/24 2001:db8::${number}/64`);
    const lines = (other: number) =>
      bfdInstance("four", `10.9.0.${other}`, calm) + bfdInstance("six", `2001:db8::${other}`, calm);
    const vipward = new Director(network, "lb1").writeConfig(lines(2));
    const keepalived = new KeepalivedDirector(network, "lb2", lines(1), "--all");
    const evidence = () => `${vipward.logText()}\n${vipward.cli("vrrp").stdout}\n---\n${keepalived.log()}`;
    const names = ["four", "six"];
    const times = (name: string, state: string) =>
      keepalived.log().match(new RegExp(`\\b${name}\\b.*Entering ${state} state`, "g"))?.length ?? 0;
    /** Whether keepalived has entered the state in both sessions since now. */
    const fromNowOn = (state: string) => {
      const before = new Map(names.map((name) => [name, times(name, state)]));
      return () => names.every((name) => times(name, state) > (before.get(name) ?? 0));
    };
    const startsVipward = async (what: string) => {
      const entersUp = fromNowOn("Up");
      await vipward.start().ready();
      await settles(what, () => entersUp() && names.every((name) => isUp(vipward, name)), evidence);
    };
    await keepalived.start();
    await startsVipward("both are up");
    const noticesDeath = fromNowOn("Down");
    vipward.killEverything();
    await settles("keepalived notices", noticesDeath, evidence);
    await startsVipward("both are up again");
    const isTold = fromNowOn("Down");
    expect(vipward.cli("stop").code).toBe(0);
    await settles("keepalived is told", isTold, evidence);
    await startsVipward("both are up for the third time");
    keepalived.kill();
    await settles("vipward notices", () => names.every((name) => !isUp(vipward, name)), evidence);
    for (const name of names) {
      const own = changes(vipward).filter((change) => change.startsWith(name));
      expect(own.slice(-2)).toEqual([`${name} up`, `${name} down`]);
    }
    expect(vipward.cli("vrrp").stdout).not.toContain("refused");
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs || !hasFrr)(
  "FRR: sessions over one hop, over several, and over IPv6 come up, take FRR's intervals, and each end notices that the other is killed",
  async () => {
    const network = Network.create("bfr");
    await using _ = network;
    for (const number of [1, 2]) network.addHost(`lb${number}`, `10.9.0.${number}/24 2001:db8::${number}/64`);
    network.configure("lb1", ["address add 10.99.0.1/32 dev lo", "route add 10.99.0.2/32 via 10.9.0.2"]);
    network.configure("lb2", ["address add 10.99.0.2/32 dev lo", "route add 10.99.0.1/32 via 10.9.0.1"]);
    const vipward = new Director(network, "lb1").writeConfig(
      [
        bfdInstance("near", "10.9.0.2", calm),
        bfdInstance("six", "2001:db8::2", [...calm, "hoplimit 255"]),
        bfdInstance("far", "10.99.0.2", [...calm, "source_ip 10.99.0.1", "multihop", "max_hops 5"]),
      ].join(""),
    );
    const frr = new FrrBfd(network, "lb2");
    const lines = ["detect-multiplier 4", "receive-interval 150", "transmit-interval 150", "no shutdown"];
    const evidence = () =>
      `${vipward.logText()}\n${vipward.cli("vrrp").stdout}\n---\n${JSON.stringify(frr.peers())}\n${frr.log()}`;
    await frr.start([
      { name: "10.9.0.1", lines },
      { name: "2001:db8::1 local-address 2001:db8::2", lines },
      { name: "10.99.0.1 multihop local-address 10.99.0.2", lines: [...lines, "minimum-ttl 250"] },
    ]);
    await vipward.start().ready();
    const names = ["near", "six", "far"];
    const allUp = () => names.every((name) => isUp(vipward, name)) && frr.areAll("up");
    await settles("all are up", allUp, evidence);
    await settles(
      "the intervals are agreed",
      () => vipward.cli("vrrp").stdout.split("tx 150ms detection 600ms").length === 4,
      evidence,
    );
    vipward.killEverything();
    await settles("FRR notices", () => frr.areAll("down"), evidence);
    await vipward.start().ready();
    await settles("all are up again", allUp, evidence);
    frr.kill();
    await settles("vipward notices", () => names.every((name) => !isUp(vipward, name)), evidence);
    expect(vipward.cli("vrrp").stdout).not.toContain("refused");
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "an instance that follows a session is in fault while it is down, or has less priority; a real server is out of IPVS; all come back",
  async () => {
    const network = Network.create("bfu");
    await using _ = network;
    for (const [host, last] of [
      ["lb1", 1],
      ["lb2", 2],
      ["edge", 9],
    ] as const)
      network.addHost(host, `10.9.0.${last}/24`);
    const config = (
      priority: number,
      follows: string,
    ) => `${follows === "" ? "" : bfdInstance("edge", "10.9.0.9", calm)}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 0.2
  priority ${priority}
  ${follows}
  virtual_ipaddress {
    ${vip}/24
  }
}
`;
    const servers = `virtual_server ${vip} 80 {
  protocol TCP
  lb_kind DR
  real_server 10.9.0.9 80 {
    BFD_CHECK {
      name edge
      alpha
    }
  }
  real_server 10.9.0.77 80 {
  }
}
`;
    const fault = "track_bfd {\n    edge\n  }";
    const lb1 = new Director(network, "lb1").writeConfig(`${config(150, fault)}${servers}`);
    const lb2 = new Director(network, "lb2").writeConfig(config(100, ""));
    const peers = () => new KeepalivedDirector(network, "edge", bfdInstance("lb1", "10.9.0.1", calm), "--all");
    const evidence = () => `${lb1.logText()}\n${lb1.cli("status").stdout}\n---\n${lb2.logText()}`;
    const isMaster = (master: Director, other: Director) => () => master.holds(vip) && !other.holds(vip);
    const isIn = () => lb1.table().some((line) => line.includes("10.9.0.9:80"));
    await lb2.start().ready();
    await lb1.start().ready();
    await settles("lb2 is master: the session of lb1 was never up", isMaster(lb2, lb1), evidence);
    expect(isIn()).toBe(false);
    let edge = peers();
    await edge.start();
    await settles("lb1 is master", isMaster(lb1, lb2), evidence);
    await settles("the real server is in", isIn, evidence);
    edge.kill();
    await settles("lb2 takes over", isMaster(lb2, lb1), evidence);
    await settles("the real server is out", () => !isIn(), evidence);
    expect(lb1.cli("vrrp").stdout).toMatch(/why: tracked bfd "edge" was not heard for [\d.]+m?s/);
    expect(lb1.cli("checkers").stdout).toContain("bfd edge");
    expect(lb1.cli("status").stdout).toContain("bfd edge: neighbour 10.9.0.9 state");

    lb1.writeConfig(`${config(150, "track_bfd {\n    edge weight -80\n  }")}${servers}`);
    lb1.signal("control", "SIGHUP");
    await settles("the weight runs", () => lb1.cli("vrrp").stdout.includes("prio 70 (configured 150)"), evidence);
    edge = peers();
    await edge.start();
    await settles("lb1 is master with its whole priority", isMaster(lb1, lb2), evidence);
    await settles("the real server is in again", isIn, evidence);

    const before = changes(lb1);
    lb1.signal("vrrp", "SIGKILL");
    await until(() => lb1.logText().includes("process-ended"), { what: "control notices", evidence });
    await settles("the session is up in the next process", () => isUp(lb1, "edge"), evidence);
    expect(isIn()).toBe(true);
    await edge.stop();
    await settles("lb2 takes over from one with less priority", isMaster(lb2, lb1), evidence);
    await settles("the real server is out again", () => !isIn(), evidence);
    // The process that was replaced is no change of the session for anybody.
    expect(changes(lb1)).toEqual([...before, "edge down"]);
  },
  LAB_TEST_TIMEOUT_MS,
);
