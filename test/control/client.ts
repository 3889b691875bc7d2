// The API's server over an agent in memory, and clients of it, for tests.

import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { silentLog } from "../../agent/base/log.ts";
import { validateSettings } from "../../agent/config/validate.ts";
import { configOf } from "../../agent/control/convert/config.ts";
import { detailsKey } from "../../agent/control/errors.ts";
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  RequestInfo,
  RetryInfo,
} from "../../agent/control/gen/google/rpc/error_details.pb.ts";
import { Status } from "../../agent/control/gen/google/rpc/status.pb.ts";
import { HealthClient } from "../../agent/control/gen/grpc/health/v1/health.pb.ts";
import { AgentServiceClient } from "../../agent/control/gen/vipward/v1/agent_service.pb.ts";
import type { Config } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import { ApplyConfigRequest, ConfigServiceClient } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { StateServiceClient } from "../../agent/control/gen/vipward/v1/state_service.pb.ts";
import { ApiServer } from "../../agent/control/server.ts";
import { MemoryAgent } from "./memory-agent.ts";

/** A served agent in memory with clients. */
export class Served implements AsyncDisposable {
  readonly agent = new MemoryAgent();
  readonly server = new ApiServer({ agent: this.agent, runtimeDirectory: this.agent.directory, log: silentLog });
  readonly target = `unix:${this.server.socketPath}`;
  readonly config = new ConfigServiceClient(this.target, credentials.createInsecure());
  readonly state = new StateServiceClient(this.target, credentials.createInsecure());
  readonly info = new AgentServiceClient(this.target, credentials.createInsecure());
  readonly health = new HealthClient(this.target, credentials.createInsecure());

  static async start(): Promise<Served> {
    const served = new Served();
    await served.server.start();
    return served;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of [this.config, this.state, this.info, this.health]) client.close();
    this.agent.feed.close();
    await this.server.stop(500);
    this.agent[Symbol.dispose]();
  }
}

/** The answer of a unary call, or its error. */
export function answer<T>(call: (callback: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

/** The error that a call ends with, with its details decoded. */
export async function refusal(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: ServiceError) => thrown,
  );
  if (error === undefined) throw new Error("the call did not fail");
  return { code: status[error.code], message: error.details, ...decodeDetails(error) };
}

/** The configuration on the wire of a document that is right. */
export function wireConfig(document: unknown): Config {
  const { settings, issues } = validateSettings(document);
  if (settings === undefined) throw new Error(JSON.stringify(issues));
  return configOf(settings);
}

/** An ApplyConfig request of which a test says only what matters. */
export function applyRequest(change: Partial<ApplyConfigRequest>): ApplyConfigRequest {
  return ApplyConfigRequest.create(change);
}

function decodeDetails(error: ServiceError): Readonly<Record<string, unknown>> {
  const [bytes] = error.metadata.get(detailsKey);
  if (!(bytes instanceof Buffer)) return {};
  const decoders = { ErrorInfo, BadRequest, PreconditionFailure, RetryInfo, RequestInfo };
  return Object.fromEntries(
    Status.decode(bytes).details.map(({ typeUrl, value }) => {
      const name = typeUrl.replace("type.googleapis.com/google.rpc.", "");
      return [name, decoders[name as keyof typeof decoders].decode(value)];
    }),
  );
}
