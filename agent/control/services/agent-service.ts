import type { Log } from "../../base/log.ts";
import { granted, unary } from "../call.ts";
import { agentInfoOf, leftBehindText } from "../convert/agent-info.ts";
import { doctorResponseOf } from "../convert/finding.ts";
import { askedLevelOf, askedRolesOf } from "../convert/log-level.ts";
import { overrideOf } from "../convert/override.ts";
import type { Agent } from "../domain.ts";
import type { AgentServiceServer } from "../gen/vipward/v1/agent_service.pb.ts";
import { wishOf } from "./override-wish.ts";

/** The handlers of vipward.v1.AgentService. */
export function agentService(agent: Agent, log: Log): AgentServiceServer {
  return {
    getInfo: unary(log, async () => agentInfoOf(await agent.info())),
    doctor: unary(log, async () => doctorResponseOf(await agent.doctor())),
    setLogLevel: unary(log, async ({ processes, level, terms }, admitted) => {
      const [roles, asked] = [granted(askedRolesOf(processes)), granted(askedLevelOf(level))];
      const wish = await wishOf(agent, terms, admitted);
      const overrides = granted(await agent.operations.overrides.setLogLevel(roles, asked, wish));
      return { overrides: overrides.map(overrideOf) };
    }),
    stop: unary(log, async ({ keep, reason }) => {
      const failures = granted(await agent.stop({ keep, reason: reason === "" ? "asked through the API" : reason }));
      return { warnings: failures.map(leftBehindText) };
    }),
  };
}
