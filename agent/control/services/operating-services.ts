// The handlers of what operators do: vipward.v1.VrrpService, BalancerService, CheckerService and OverrideService.

import type { Log } from "../../base/log.ts";
import { totalOf } from "../../supervisor/planned-operations.ts";
import { authorOf } from "../access/caller.ts";
import type { Admitted } from "../access/door.ts";
import { granted, streaming, unary } from "../call.ts";
import { operationOf } from "../convert/change.ts";
import { explainedOf } from "../convert/explain.ts";
import { fitting } from "../convert/fitting.ts";
import { numberWithin, overrideOf, poolTargetOf, realServerTargetOf } from "../convert/override.ts";
import { durationMs } from "../convert/time.ts";
import type { Agent } from "../domain.ts";
import { explainNow } from "../explain/explain.ts";
import type { BalancerServiceServer, DrainRequest, DrainResponse } from "../gen/vipward/v1/balancer_service.pb.ts";
import type { CheckerServiceServer } from "../gen/vipward/v1/checker_service.pb.ts";
import { IpvsOperation } from "../gen/vipward/v1/config_service.pb.ts";
import type { OverrideServiceServer } from "../gen/vipward/v1/override_service.pb.ts";
import type { VrrpServiceServer } from "../gen/vipward/v1/vrrp_service.pb.ts";
import type { Override, OverrideTarget } from "../overrides/override.ts";
import { type DrainProgress, drainProgress } from "./drain-progress.ts";
import { expectEverything, wishOf } from "./override-wish.ts";

/** The handlers of vipward.v1.VrrpService. */
export function vrrpService(agent: Agent, log: Log): VrrpServiceServer {
  const { overrides } = agent.operations;
  return {
    transferMastership: unary(log, async ({ instance, terms }, admitted) => {
      const wish = await wishOf(agent, terms, admitted);
      return { override: overrideOf(granted(await overrides.transfer(instance, wish))) };
    }),
    setPriorityOverride: unary(log, async ({ instance, priority, terms }, admitted) => {
      const effect = { kind: "priority", priority: granted(numberWithin("priority", priority, 1, 254)) } as const;
      const wish = await wishOf(agent, terms, admitted);
      return { override: overrideOf(granted(await overrides.set({ kind: "vrrp-instance", instance }, effect, wish))) };
    }),
    announce: unary(log, async ({ instance }, admitted) => {
      expectEverything(admitted, `vrrp_instances[${instance}]`);
      granted(await agent.operations.announce(instance));
      return {};
    }),
  };
}

/** The handlers of vipward.v1.BalancerService. */
export function balancerService(agent: Agent, log: Log): BalancerServiceServer {
  const { overrides } = agent.operations;
  return {
    setWeightOverride: unary(log, async ({ target, weight, terms }, admitted) => {
      const effect = { kind: "weight", weight: granted(numberWithin("weight", weight, 0, 65_535)) } as const;
      const wish = await wishOf(agent, terms, admitted);
      return { override: overrideOf(granted(await overrides.set(granted(realServerTargetOf(target)), effect, wish))) };
    }),
    drain: streaming<DrainRequest, DrainResponse>(log, (request, admitted) => drain(agent, request, admitted)),
    undrain: unary(log, async ({ target }, admitted) => {
      const meant = granted(poolTargetOf(target));
      const { mayTouch } = await wishOf(agent, undefined, admitted);
      const isMeant = (one: Override) =>
        one.effect.kind === "drain" &&
        isWithin(meant, one.target) &&
        (mayTouch === undefined || touches(one.target, mayTouch));
      const ended = granted(await overrides.clear(isMeant, authorOf(admitted.caller, "")));
      return { ended: ended.map(overrideOf) };
    }),
    reconcile: unary(log, async ({ dryRun }, admitted) => {
      if (!dryRun) expectEverything(admitted, "virtual_servers");
      const planned = granted(await agent.operations.reconcile(dryRun));
      const { shown } = fitting(planned.first, operationOf, IpvsOperation);
      return { operations: shown, omitted: BigInt(totalOf(planned) - shown.length) };
    }),
  };
}

/** The handlers of vipward.v1.CheckerService. */
export function checkerService(agent: Agent, log: Log): CheckerServiceServer {
  const { overrides } = agent.operations;
  return {
    pauseChecker: unary(log, async ({ checker, terms }, admitted) => {
      const wish = await wishOf(agent, terms, admitted);
      return {
        override: overrideOf(granted(await overrides.set({ kind: "checker", checker }, { kind: "pause" }, wish))),
      };
    }),
    explain: unary(log, async (question) => ({
      explanations: granted(await explainNow(agent, question)).map(explainedOf),
    })),
    runChecker: unary(log, async ({ checker }, admitted) => {
      const { mayTouch } = await wishOf(agent, undefined, admitted);
      granted(await agent.operations.runChecker(checker, mayTouch));
      return {};
    }),
  };
}

/** The handlers of vipward.v1.OverrideService. */
export function overrideService(agent: Agent, log: Log): OverrideServiceServer {
  const { overrides } = agent.operations;
  return {
    listOverrides: unary(log, async () => ({ overrides: overrides.list().map(overrideOf) })),
    clearOverride: unary(log, async ({ id }, admitted) => {
      const { mayTouch } = await wishOf(agent, undefined, admitted);
      const isMeant = (one: Override) => one.id === id && (mayTouch === undefined || touches(one.target, mayTouch));
      const [ended] = granted(await overrides.clear(isMeant, authorOf(admitted.caller, "")));
      return { override: ended && overrideOf(ended) };
    }),
  };
}

/** The drain is set before the first message, and its progress follows. */
function drain(
  agent: Agent,
  request: DrainRequest,
  admitted: Admitted,
): AsyncIterable<DrainResponse> & { close(): void } {
  const { target, terms, connectionFloor: floor, deadline } = request;
  let progress: (AsyncIterable<DrainProgress> & { close(): void }) | undefined;
  async function* messages() {
    const ms = deadline === undefined ? 600_000 : durationMs(deadline);
    const deadlineMs = granted(numberWithin("deadline", ms / 1000, 0, 86_400)) * 1000;
    const meant = granted(poolTargetOf(target));
    const wish = await wishOf(agent, terms, admitted);
    const override = granted(await agent.operations.overrides.set(meant, { kind: "drain" }, wish));
    progress = drainProgress(agent, override, { floor, deadlineMs });
    for await (const { active, inactive, drained, deadlineExceeded } of progress)
      yield {
        ...{ override: overrideOf(override), drained, deadlineExceeded },
        activeConnections: BigInt(active),
        inactiveConnections: BigInt(inactive),
      };
  }
  return { [Symbol.asyncIterator]: messages, close: () => progress?.close() };
}

function touches(target: OverrideTarget, mayTouch: (virtualServer: string) => boolean): boolean {
  return "virtualServer" in target && mayTouch(target.virtualServer);
}

/** Whether an override's target is the one that is meant, or a part of it. */
function isWithin(meant: OverrideTarget, target: OverrideTarget): boolean {
  if (meant.kind === "node") return true;
  if (!("virtualServer" in meant) || !("virtualServer" in target)) return false;
  if (meant.virtualServer !== target.virtualServer) return false;
  return meant.kind === "virtual-server" || (target.kind === "real-server" && meant.realServer === target.realServer);
}
