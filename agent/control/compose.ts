// The agent put together: store, journal, feed, the two children, transactions, and what the API sees of them. Nothing runs before `start`.

import { randomUUID } from "node:crypto";
import { seconds } from "../base/duration.ts";
import { build } from "../base/version.ts";
import type { Settings } from "../config/schema/settings.ts";
import type { Event, ReportEvent } from "../events/event.ts";
import { logEvent } from "../events/event-log.ts";
import { Journal } from "../events/journal.ts";
import { linuxClock } from "../kernel/linux/clock.ts";
import { listConnections } from "../kernel/linux/connections.ts";
import { isInNamespace, NetworkNamespace } from "../kernel/linux/network-namespace.ts";
import { openLinuxPipe } from "../kernel/linux/pipes.ts";
import { LinuxPrograms } from "../kernel/linux/programs.ts";
import { linuxSignalRelay } from "../kernel/linux/signal-relay.ts";
import { Dispatcher } from "../notifications/dispatcher.ts";
import { presentStates } from "../notifications/present-states.ts";
import { programRunner } from "../notifications/program-runner.ts";
import { smtpServer } from "../notifications/smtp.ts";
import { Child } from "../supervisor/child.ts";
import { restartPause } from "../supervisor/core/restart.ts";
import { missingRights } from "../supervisor/privileges.ts";
import { type ChildConfiguration, type ChildRole, resignSignal } from "../supervisor/protocol.ts";
import type { LogSettings, ProcessLog } from "../supervisor/role.ts";
import { spawnChild } from "../supervisor/spawn.ts";
import { Certificates } from "./access/certificates.ts";
import { ComposedAgent, vrrpPort } from "./agent.ts";
import { Changes } from "./changes.ts";
import { checkersPort } from "./checkers-port.ts";
import { Confirmations } from "./confirmation/confirmations.ts";
import { Feed } from "./feed.ts";
import { FirstAndLastPrograms } from "./first-and-last-programs.ts";
import { linuxLinkNames, missingLinks } from "./link-warnings.ts";
import { namespaceRemarks } from "./network-namespace.ts";
import { Operations } from "./operations.ts";
import { activeConnectionsOf } from "./overrides/leaving.ts";
import { Overrides } from "./overrides/overrides.ts";
import { permitChanges } from "./permit.ts";
import { Preparations } from "./preparations.ts";
import { programRemarks } from "./program-remarks.ts";
import { secretRemarks } from "./secret-remarks.ts";
import { StateHub } from "./state-hub.ts";
import type { Store } from "./store/store.ts";
import { Transactions } from "./transactions.ts";

/** What the agent is made from. */
export interface CompositionOptions {
  readonly runtimeDirectory: string;
  readonly stateDirectory: string;
  readonly store: Store;
  readonly log: ProcessLog;
  readonly childLog: LogSettings;
  /** Whether programs that are configured are run. */
  readonly allowScripts: boolean;
  /** The network namespace that control has entered; undefined: that in which it was started. */
  readonly networkNamespace: string | undefined;
}

/** An agent with its parts. */
export interface Composition {
  readonly agent: ComposedAgent;
  readonly store: Store;
  readonly feed: Feed;
  readonly transactions: Transactions;
  readonly confirmations: Confirmations;
  readonly overrides: Overrides;
  readonly certificates: Certificates;
  readonly report: ReportEvent;
  readonly log: ProcessLog;
  /** Resolves when the agent was asked to stop and its children have gone. */
  readonly stopped: Promise<void>;
  /** Finds the children, or starts those that will have work. */
  start(working: ReadonlySet<ChildRole>): void;
  /** Undoes a start that came to nothing: children that were found stay, others go. */
  giveUp(): Promise<void>;
  /** Writes what waits and closes the store. */
  close(): void;
}

/** How long a child may be silent before it counts as hung. A checkers process may be busy with a large table for longer; with a configuration,
 * on a machine with little to spare, for much longer. */
const silence = { vrrp: seconds(1), checkers: seconds(3) } as const;
const busySilence = { vrrp: seconds(5), checkers: seconds(30) } as const;

/** How long a stop may take a child on a machine with little to spare. */
const stopLimit = seconds(10);

/** What gives a child something to do: whatever the configuration lists for it. Single values, such as the lease, only say how. */
const hasWork: { readonly [Role in ChildRole]: (configuration: ChildConfiguration[Role]) => boolean } = {
  vrrp: (model) =>
    model.static !== undefined || Object.values(model).some((part) => Array.isArray(part) && part.length > 0),
  checkers: ({ balancer }) => balancer.virtualServers.length > 0,
};

/** A change that the agent makes by itself. */
const fromHere = { source: { kind: "api" }, validateOnly: false } as const;

/** Puts an agent together. */
export function composeAgent(options: CompositionOptions): Composition {
  const { runtimeDirectory, stateDirectory, store, log } = options;
  const { wall } = linuxClock;
  const journal = new Journal({ store, log, wall });
  const feed = new Feed();
  journal.onEvent((entry) => feed.publish({ kind: "event", entry }));
  const onChange = () => agent.changed();
  const report = (event: Event, at?: number) => {
    logEvent(log, event);
    journal.report(event, at);
    onChange();
  };
  const child = <Role extends ChildRole>(role: Role) =>
    new Child<Role>({
      role,
      build,
      runtimeDirectory,
      clock: linuxClock,
      log,
      limits: { silence: silence[role], busySilence: busySilence[role], look: seconds(0.1), stop: stopLimit },
      hasWork: hasWork[role],
      spawn: (which) => spawnChild(which, runtimeDirectory, options.childLog),
      report: (event, at) => report(transactions.linked(event), at),
      onRemember: (memory) => store.rememberChecker(memory),
      onNotRestored: () => transactions.repair(),
      logLevel: () => overrides.logLevel(role) ?? options.childLog.level,
      ...(role === "vrrp" && { relay: linuxSignalRelay(resignSignal, log) }),
    });
  const vrrp = child("vrrp");
  const checkers = child("checkers");
  const bootId = randomUUID();
  const hub = new StateHub({ bootId, numbers: journal, feed, wall });
  const runProgram = programRunner(new LinuxPrograms(), options.allowScripts);
  const notifications = new Dispatcher({
    ...{ journal, store, report, log, wall },
    runProgram,
    openPipe: openLinuxPipe,
    mailServer: smtpServer,
    presentStates: async () => {
      const outcome = await vrrp.request({ kind: "state" });
      return outcome.kind === "state" ? presentStates(outcome.state, wall()) : [];
    },
  });
  const firstAndLast = new FirstAndLastPrograms({ runtimeDirectory, runProgram, report, log });
  const confirmations = new Confirmations({
    ...{ store, journal, report, log, clock: linuxClock, onChange },
    instances: () => hub.instances(),
    inTurn: (action) => transactions.inTurn(action),
    rollBack: (revision, request) => transactions.rollBack(revision, { ...request, ...fromHere }),
  });
  const overrides = new Overrides({
    ...{ store, report, log, wall, onChange },
    model: () => transactions.running?.model,
    reapply: () => transactions.reapply(),
    activeConnections: async () => activeConnectionsOf((await agent.state()).virtualServers),
    onLogLevels: () => {
      log.setLevel(overrides.logLevel("control") ?? options.childLog.level);
      for (const child of [vrrp, checkers]) child.tellLogLevel();
    },
  });
  const remarks = (settings: Settings) => [
    ...namespaceRemarks(settings, options.networkNamespace, isInNamespace),
    ...missingLinks(settings, linuxLinkNames),
    ...programRemarks(settings, options.allowScripts),
    ...secretRemarks(settings),
  ];
  const ipvsNamespace = () => {
    const namespace = new NetworkNamespace();
    namespace.name = transactions.running?.model.balancer.ipvs?.networkNamespace;
    return namespace;
  };
  const certificates = new Certificates();
  const preparations = new Preparations(wall);
  const transactions = new Transactions({
    store,
    effective: (model) => overrides.effective(model),
    leave: (before, after, { drainRemoved, author, reason }) =>
      drainRemoved && overrides.leave(before, after, drainRemoved.floor, { author, reason, forMs: drainRemoved.forMs }),
    permit: permitChanges({
      store,
      preparations,
      confirmations,
      virtualServers: async () => (await agent.state()).virtualServers,
    }),
    onApplied: (confirmation) => confirmations.applied(confirmation),
    notifications,
    beforeFirst: (model) => firstAndLast.begin(model.notifications),
    checkers: checkersPort(checkers, store, options.allowScripts),
    vrrp: vrrpPort(vrrp, options.allowScripts),
    remarks,
    instances: () => hub.instances(),
    report,
    log,
    clock: linuxClock,
    pause: (attempt) => Bun.sleep(Math.max(200, restartPause(attempt))),
    onChange,
  });
  const changes = new Changes({ store, transactions, confirmations, preparations, wall });
  const operations = new Operations({
    overrides,
    transactions,
    announce: (instance) => vrrp.request({ kind: "act", act: { instance } }),
    probe: (checker) => checkers.request({ kind: "act", act: { checker } }),
  });
  const stopped = Promise.withResolvers<void>();
  const startedAt = wall();
  const paths = { runtimeDirectory, stateDirectory };
  const agent = new ComposedAgent({
    ...{
      bootId,
      startedAt,
      ...paths,
      store,
      journal,
      feed,
      hub,
      transactions,
      confirmations,
      changes,
      operations,
      vrrp,
      checkers,
      notifications,
      firstAndLast,
      log,
    },
    connections: (filter, limit) => listConnections(filter, limit, { namespace: ipvsNamespace() }),
    certificates,
    examine: async (self) => {
      // Seldom asked, and of no use to the start.
      const [{ examine }, { linuxHost }] = await Promise.all([
        import("./doctor/examine.ts"),
        import("./doctor/linux-host.ts"),
      ]);
      const settings = transactions.running?.settings;
      const rest = { missingRights: missingRights(), remarks: settings === undefined ? [] : remarks(settings) };
      return examine(linuxHost(ipvsNamespace()), { ...self, ...rest });
    },
    onStopped: stopped.resolve,
  });
  return {
    ...{
      agent,
      store,
      feed,
      transactions,
      confirmations,
      overrides,
      certificates,
      report,
      log,
      stopped: stopped.promise,
    },
    start: (working) => {
      for (const child of [vrrp, checkers]) child.start({ workIsComing: working.has(child.view.role) });
    },
    giveUp: async () => {
      await Promise.all([vrrp.giveUp(), checkers.giveUp()]);
      notifications.close();
      journal.close();
      store.close();
    },
    close: () => {
      confirmations.close();
      overrides.close();
      notifications.close();
      journal.close();
      store.close();
    },
  };
}
