// Entry of the checkers process: gives health and balancer the real kernel and lets control talk to them.

import { build } from "../base/version.ts";
import { SessionFeed } from "../bfd/session-talk.ts";
import type { ReportEvent } from "../events/event.ts";
import { AttemptsFile } from "../health/attempts-file.ts";
import { hostProbes } from "../health/probes/host-probes.ts";
import type { IpvsPort } from "../kernel/ipvs.ts";
import { createLinuxTimer, linuxClock } from "../kernel/linux/clock.ts";
import { LinuxForwardingPaths } from "../kernel/linux/forwarding-path.ts";
import { hostAddresses } from "../kernel/linux/host-addresses.ts";
import { LinuxIpvs } from "../kernel/linux/ipvs.ts";
import { LinuxIpvsTimeouts } from "../kernel/linux/ipvs-timeouts.ts";
import { linuxManner } from "../kernel/linux/manner.ts";
import { setProcessName } from "../kernel/linux/native.ts";
import { NetworkNamespace } from "../kernel/linux/network-namespace.ts";
import { LinuxPacketMarks } from "../kernel/linux/packet-marks.ts";
import { LinuxProbeSockets } from "../kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../kernel/linux/programs.ts";
import { ChildServer } from "../supervisor/child-server.ts";
import { type NumberedBalancer, unpackBalancer } from "../supervisor/packed-balancer.ts";
import { plannedOperations } from "../supervisor/planned-operations.ts";
import { processLog, type RoleArguments } from "../supervisor/role.ts";
import { RunningManner } from "../supervisor/running-manner.ts";
import { BalancerDriver } from "./driver.ts";
import { FormerTimeoutsFile } from "./former-timeouts-file.ts";
import { KernelSettings } from "./kernel-settings.ts";
import { Marks } from "./marks.ts";
import { MarksNoteFile } from "./marks-note-file.ts";
import { OwnedFile } from "./owned-file.ts";
import { Timeouts } from "./timeouts.ts";

/** Runs until control says stop. `createIpvs`: the table that is programmed; the kernel's unless given. */
export async function runCheckers(
  { runtimeDirectory, log: settings }: RoleArguments,
  createIpvs: (namespace: NetworkNamespace) => IpvsPort = (namespace) => new LinuxIpvs({ namespace }),
): Promise<void> {
  const log = processLog("checkers", settings);
  setProcessName("vipward-checks");
  const manner = new RunningManner(linuxManner);
  const namespace = new NetworkNamespace();
  const sessions = new SessionFeed(runtimeDirectory);
  /** The revision that is being carried out; 0: none. */
  let carriedOut = 0;
  const report: ReportEvent = (event) =>
    server.report(event.kind === "ipvs-applied" && carriedOut > 0 ? { ...event, revision: carriedOut } : event);
  const driver = new BalancerDriver({
    clock: linuxClock,
    createTimer: createLinuxTimer,
    random: Math.random,
    ipvs: createIpvs(namespace),
    settings: new KernelSettings({
      namespace,
      timeouts: new Timeouts({
        port: new LinuxIpvsTimeouts(namespace),
        former: new FormerTimeoutsFile(runtimeDirectory, log),
        report,
      }),
      marks: new Marks({ port: new LinuxPacketMarks(namespace), note: new MarksNoteFile(runtimeDirectory), report }),
    }),
    probes: hostProbes(new LinuxProbeSockets(), new LinuxPrograms(), undefined, sessions, new LinuxForwardingPaths()),
    wantSessions: (isWanted) => sessions.want(isWanted),
    addresses: hostAddresses,
    owned: new OwnedFile(runtimeDirectory, log),
    attempts: new AttemptsFile(runtimeDirectory, log),
    report,
    remember: (memory) => server.remember(memory),
    log,
  });
  const carryOut = <T>(revision: number, action: () => T): T => {
    carriedOut = revision;
    try {
      return action();
    } finally {
      carriedOut = 0;
    }
  };
  /** What control knows to run here. */
  let runs: NumberedBalancer | undefined;
  sessions.onChange((session) => driver.sessionChanged(session));
  const server = new ChildServer<"checkers">(
    { role: "checkers", build, runtimeDirectory, log },
    {
      configure: ({ balancer, memory }, revision) => {
        compileSoon();
        const refused = manner.apply(balancer.process);
        const taken = unpackBalancer(balancer, runs);
        runs = undefined;
        const { failures, ...done } = carryOut(revision, () => driver.configure(taken.model, memory));
        if (refused.length + failures.length === 0) runs = taken;
        return { ...done, failures: [...refused, ...failures] };
      },
      plan: ({ balancer }) => {
        const { operations, cutConnections } = driver.plan(unpackBalancer(balancer, runs).model);
        return { ...plannedOperations(operations), cutConnections };
      },
      act: ({ checker }) => driver.probeNow(checker),
      state: () => driver.state(),
      stop: (keep) => driver.stop({ keep }),
      handOver: () => driver.handOver(),
      maxLateness: () => driver.maxLateness(),
    },
  );
  await server.start();
}

/** Probes are the same few functions for ever; what comes before them runs once (decision 0008). */
function compileSoon(): void {
  setTimeout(() => Bun.unsafe.setJITPolicy(1), 1000).unref();
}
