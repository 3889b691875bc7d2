import type { Log } from "../../base/log.ts";
import { granted, unary } from "../call.ts";
import { agentInfoOf, leftBehindText } from "../convert/agent-info.ts";
import type { Agent } from "../domain.ts";
import type { AgentServiceServer } from "../gen/vipward/v1/agent_service.pb.ts";

/** The handlers of vipward.v1.AgentService. */
export function agentService(agent: Agent, log: Log): AgentServiceServer {
  return {
    getInfo: unary(log, async () => agentInfoOf(await agent.info())),
    stop: unary(log, async ({ keep, reason }) => {
      const failures = granted(await agent.stop({ keep, reason: reason === "" ? "asked through the API" : reason }));
      return { warnings: failures.map(leftBehindText) };
    }),
  };
}
