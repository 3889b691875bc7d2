// Entry of the vrrp process: gives the driver the real kernel and lets control talk to it. It runs with real-time scheduling and
// locked memory, and imports no parser, no server and no schema.

import { milliseconds } from "../base/duration.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { build } from "../base/version.ts";
import { BfdDriver } from "../bfd/driver.ts";
import { SessionAnnouncer } from "../bfd/session-talk.ts";
import type { VrrpModel } from "../config/model.ts";
import { linuxBfdSockets } from "../kernel/linux/bfd-socket.ts";
import { createLinuxTimer, linuxClock } from "../kernel/linux/clock.ts";
import { LinuxFirewall } from "../kernel/linux/firewall.ts";
import { linuxFrameSockets } from "../kernel/linux/frame-socket.ts";
import { LinuxLinks } from "../kernel/linux/links.ts";
import { linuxManner } from "../kernel/linux/manner.ts";
import { lockMemory, setProcessName, setScheduling } from "../kernel/linux/native.ts";
import { linuxNeighbourWatches } from "../kernel/linux/neighbour-watch.ts";
import { LinuxRoutes } from "../kernel/linux/routes.ts";
import { LinuxRules } from "../kernel/linux/rules.ts";
import { LinuxSyncDaemons } from "../kernel/linux/sync-daemons.ts";
import { linuxSysctls } from "../kernel/linux/sysctls.ts";
import { linuxVrrpSockets } from "../kernel/linux/vrrp-socket.ts";
import { ChildServer } from "../supervisor/child-server.ts";
import { processLog, type RoleArguments } from "../supervisor/role.ts";
import { RunningManner } from "../supervisor/running-manner.ts";
import { spawnWithTalk } from "../supervisor/spawn.ts";
import { LedgerFile } from "./belongings/ledger-file.ts";
import { VrrpDriver } from "./driver.ts";
import { ResumeFile } from "./resuming/resume-file.ts";
import { runtimeKeys } from "./sockets/key-ports.ts";
import { type StartTrackers, TrackersChild } from "./tracking/trackers-child.ts";

/** Below the kernel's own threads (50), above everything that is not real-time. */
const realTimePriority = 40;

/** How often a backup is asked to rehearse while it hears nothing. */
const rehearsalIntervalMs = 500;

/** Runs until control says stop. */
export async function runVrrp({ runtimeDirectory, log: settings }: RoleArguments): Promise<void> {
  const log = processLog("vrrp", settings);
  setProcessName("vipward-vrrp");
  becomeRealTime(log);
  const manner = new RunningManner(linuxManner, { realTimePriority });
  const startTrackers: StartTrackers = (onOutput) => spawnWithTalk("trackers", runtimeDirectory, settings, onOutput);
  const driver = new VrrpDriver({
    clock: linuxClock,
    createTimer: createLinuxTimer,
    links: new LinuxLinks(),
    vrrpSockets: linuxVrrpSockets,
    frames: linuxFrameSockets,
    neighbourWatches: linuxNeighbourWatches,
    report: (event) => server.report(event),
    log,
    keys: runtimeKeys,
    memory: new ResumeFile(runtimeDirectory, log),
    readSession: (name) => sessions.reading(name),
    createWatcher: (onFinding) => new TrackersChild(startTrackers, onFinding, log),
    belongings: {
      ...{ sysctls: linuxSysctls, ledger: new LedgerFile(runtimeDirectory, "vrrp.sysctls", log) },
      firewall: new LinuxFirewall(),
      syncDaemons: new LinuxSyncDaemons(),
      syncDaemonNotes: new LedgerFile(runtimeDirectory, "vrrp.sync-daemons", log),
      ...{ routes: new LinuxRoutes(), rules: new LinuxRules() },
    },
  });
  const announcer = new SessionAnnouncer(runtimeDirectory, () => sessions.readings(), log);
  const sessions = new BfdDriver({
    ...{ clock: linuxClock, createTimer: createLinuxTimer, random: Math.random, sockets: linuxBfdSockets, log },
    memory: new LedgerFile(runtimeDirectory, "vrrp.bfd", log),
    report: (event) => server.report(event),
    onChange: (name, reading) => {
      announcer.tell(name, reading);
      driver.onSession(name);
    },
  });
  const configure = (model: VrrpModel) => {
    const { bfdSessions = [] } = model;
    if (bfdSessions.length > 0) announcer.start();
    const failures = [...manner.apply(model.process), ...sessions.configure(bfdSessions), ...driver.configure(model)];
    return { failures };
  };
  const server = new ChildServer<"vrrp">(
    { role: "vrrp", build, runtimeDirectory, log },
    {
      configure,
      plan: () => ({ counts: { added: 0, updated: 0, removed: 0 }, digest: "", first: [] }),
      act: ({ instance }) => driver.announce(instance),
      state: () => ({
        instances: driver.state(),
        syncGroups: driver.syncGroups(),
        staticObjects: driver.staticObjects(),
        bfdSessions: sessions.views(),
      }),
      stop: (keep) => {
        driver.stop({ keep });
        if (keep) sessions.handOver();
        else sessions.stop();
        if (!keep) announcer.close();
        becomeOrdinary();
        return [];
      },
      handOver: () => {
        driver.handOver();
        sessions.handOver();
        becomeOrdinary();
      },
      maxLateness: () => milliseconds(Math.max(driver.maxLateness(), sessions.maxLateness())),
    },
  );
  await server.start();
  // From here on the same few functions run for ever (decision 0008), and those of a takeover must be ready after years.
  Bun.unsafe.setJITPolicy(1);
  setInterval(() => driver.keepReady(), rehearsalIntervalMs);
}

/** Without the right to it the process works all the same, only less punctually: that is worth a line, not an end. */
function becomeRealTime(log: Log): void {
  try {
    lockMemory();
    setScheduling("fifo", realTimePriority);
  } catch (refused) {
    log.warn("not-real-time", { cause: messageOf(refused), remedy: "give the agent CAP_SYS_NICE and CAP_IPC_LOCK" });
  }
}

/** A process that has said all it had to say has no haste any more: tearing down may not hold up the peer that takes over on the same processor. */
function becomeOrdinary(): void {
  try {
    setScheduling("other", 0);
  } catch {
    // Then it ends in haste.
  }
}
