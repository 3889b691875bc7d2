import type { AgentInfo } from "../domain.ts";
import type { GetInfoResponse } from "../gen/vipward/v1/agent_service.pb.ts";
import { processStateOf } from "./state.ts";
import { timeOf } from "./time.ts";

/** What runs here, on the wire. */
export function agentInfoOf(info: AgentInfo): GetInfoResponse {
  return {
    version: info.version,
    commit: info.commit,
    director: info.director,
    kernel: info.kernel,
    ipvsVersion: info.ipvs?.version ?? "",
    ipvsConnectionTableSize: info.ipvs?.connectionTableSize ?? 0,
    startTime: timeOf(info.startedAt),
    bootId: info.bootId,
    processes: info.processes.map(processStateOf),
    capabilities: [...info.capabilities],
    runtimeDir: info.runtimeDirectory,
    stateDir: info.stateDirectory,
  };
}
