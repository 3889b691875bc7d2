import { describeFailure, type OperationFailure } from "../../base/errors.ts";
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

/** What a stop could not do, as a sentence: of a process that could not be asked it is one already. */
export function leftBehindText(failure: OperationFailure): string {
  return failure.operation === "stop" && failure.cause.text !== undefined
    ? failure.cause.text
    : describeFailure(failure);
}
