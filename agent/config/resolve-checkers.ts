// The checkers of one real server: what they inherit, what they probe, and by which name they are known across configurations.

import { formatEndpoint } from "../base/address.ts";
import { type Milliseconds, seconds } from "../base/duration.ts";
import type { CheckerModel } from "./model.ts";
import { type CheckContext, kindOf, probeIdentity, probeOf } from "./resolve-probes.ts";
import { configuredPort, serviceIdentity } from "./resolve-service.ts";
import { checkDefaults } from "./schema/check-timing.ts";
import type { CheckerKind } from "./schema/checker.ts";
import type { CheckerSettings, RealServerSettings, VirtualServerSettings } from "./schema/settings.ts";

const none: readonly CheckerModel[] = [];

/** The checkers of a real server, each with an id of its own. */
export function resolveCheckers(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  context: CheckContext,
): readonly CheckerModel[] {
  return realServer.checkers.length === 0 ? none : resolveEach(server, realServer, context);
}

function resolveEach(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  context: CheckContext,
): CheckerModel[] {
  const owner = ownerText(server, realServer);
  const seen = new Map<string, number>();
  return realServer.checkers.map((checker) => {
    const probe = probeOf(server, realServer, checker, context);
    const id = `${owner} > ${probeIdentity(probe)}`;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return { id: count === 1 ? id : `${id} #${count}`, probe, ...timingOf(server, realServer, checker) };
  });
}

/** The identity of a real server across configurations: its virtual server's key, and the address and port written for it. */
function ownerText(server: VirtualServerSettings, realServer: RealServerSettings): string {
  const endpoint = formatEndpoint(realServer.address, configuredPort(server, realServer));
  return `${serviceIdentity(server)} > ${endpoint}`;
}

type Timing = Pick<RealServerSettings, "delay" | "retries" | "retryDelay" | "warmup" | "startDown" | "logAllFailures">;

/** keepalived is told of a changed file at once, whatever its times are; here it is read every second. */
const ofFiles: Timing = { delay: seconds(1), retries: 0 };

/** A session tells when it changes: between that it is looked at because nothing is right for ever. */
function ofSession(startDown: boolean | undefined): Timing {
  return { delay: checkDefaults.delay, retries: 0, warmup: seconds(0), startDown };
}

function timingOf(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  checker: CheckerSettings,
): Omit<CheckerModel, "id" | "probe"> {
  const { kind, settings } = kindOf(checker);
  const own: Timing = settings;
  const near = kind === "file" ? ofFiles : kind === "bfd" ? ofSession(realServer.startDown) : realServer;
  const far = kind === "file" ? ofFiles : kind === "bfd" ? { startDown: server.startDown } : server;
  const delay = own.delay ?? near.delay ?? far.delay ?? checkDefaults.delay;
  const timing = {
    delay,
    retries: own.retries ?? near.retries ?? far.retries ?? checkDefaults.retriesOf[kind] ?? checkDefaults.retries,
    retryDelay: own.retryDelay ?? near.retryDelay ?? far.retryDelay ?? retryDelayOf(kind, delay),
    warmup: own.warmup ?? near.warmup ?? far.warmup ?? delay,
    startDown: own.startDown ?? near.startDown ?? far.startDown ?? checkDefaults.startDown,
  };
  const logsAllFailures = own.logAllFailures ?? realServer.logAllFailures ?? server.logAllFailures ?? false;
  const damping = realServer.flapDamping ?? server.flapDamping;
  // Most of thousands have neither, and nothing is made for them.
  if (!logsAllFailures && damping === undefined) return timing;
  return { ...timing, ...(logsAllFailures && { logsAllFailures }), ...(damping !== undefined && { damping }) };
}

/** keepalived's DNS_CHECK asks again after a whole delay. */
function retryDelayOf(kind: CheckerKind, delay: Milliseconds): Milliseconds {
  return kind === "dns" ? delay : kind === "http" ? checkDefaults.httpRetryDelay : checkDefaults.retryDelay;
}
