// The API through a real gRPC client over its unix socket.

import { describe, expect, test } from "bun:test";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { ServiceError } from "@grpc/grpc-js";
import { silentLog } from "../../agent/base/log.ts";
import { detailsKey } from "../../agent/control/errors.ts";
import { HealthCheckResponse_ServingStatus } from "../../agent/control/gen/grpc/health/v1/health.pb.ts";
import { Authentication_Type, Config } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import {
  type ApplyConfigRequest,
  type ApplyConfigResponse,
  type GetConfigResponse,
  PlanConfigRequest,
  type PlanConfigResponse,
  ValidateConfigRequest,
} from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { ApiServer, agentAt } from "../../agent/control/server.ts";
import { StoreError } from "../../agent/control/store/store-error.ts";
import { until } from "../support/until.ts";
import { answer, applyRequest, refusal, Served, wireConfig } from "./client.ts";
import { webDocument } from "./documents.ts";
import { schedulerMissing } from "./memory-agent.ts";

const apply = (served: Served, change: Partial<ApplyConfigRequest>) =>
  answer<ApplyConfigResponse>((callback) => served.config.applyConfig(applyRequest(change), callback));

describe("configuration", () => {
  test("what was applied is returned without its password, and may be given back as it is", async () => {
    await using served = await Served.start();
    const first = await apply(served, { config: wireConfig(webDocument()), reason: "first", author: "me" });
    expect(first).toMatchObject({ revision: { number: 1n, author: "me" }, ipvsOperations: { added: 2, removed: 0 } });

    const got = await answer<GetConfigResponse>((callback) =>
      served.config.getConfig({ revision: undefined }, callback),
    );
    const instance = got.config?.vrrpInstances[0];
    expect(instance?.authentication).toEqual({ type: Authentication_Type.TYPE_PASS, password: undefined } as never);
    const again = await apply(served, { config: got.config as Config });
    expect(again).toMatchObject({ unchanged: true, revision: { number: 1n } });
  });

  test("validation is an answer with every problem and its field", async () => {
    await using served = await Served.start();
    const config = wireConfig(webDocument());
    config.virtualServers[0]?.realServers.push(
      ...wireConfig(webDocument()).virtualServers.flatMap((s) => s.realServers),
    );
    const problems = Config.create({ ...config, addressLease: { seconds: 1n, nanos: 0 } });
    const response = await answer((callback) =>
      served.config.validateConfig(ValidateConfigRequest.create({ config: problems }), callback),
    );
    expect(response).toMatchObject({
      valid: false,
      hash: "",
      issues: [{ field: "address_lease" }, { field: "virtual_servers[0].real_servers[1]" }],
    });
  });

  test("a plan shows ipvsadm's options and the hash that ApplyConfig takes", async () => {
    await using served = await Served.start();
    const config = wireConfig(webDocument());
    const plan = await answer<PlanConfigResponse>((callback) =>
      served.config.planConfig(PlanConfigRequest.create({ config }), callback),
    );
    expect(plan).toMatchObject({
      baseRevision: 0n,
      operations: [
        { service: "tcp 10.9.0.100:80", settings: "-s wrr" },
        { service: "tcp 10.9.0.100:80", destination: "10.9.0.11:80", settings: "-m -w 10" },
      ],
      vrrpEffects: [{ instance: "web", addedAddresses: ["10.9.0.100/24"] }],
    });
    expect(await apply(served, { config, planHash: plan.planHash })).toMatchObject({ revision: { number: 1n } });
  });
});

describe("every refusal has its code, reason and details", () => {
  test("INVALID_CONFIGURATION: all violations with their fields", async () => {
    await using served = await Served.start();
    const config = wireConfig(webDocument());
    for (const instance of config.vrrpInstances)
      Object.assign(instance, { priority: 300, interface: "much-too-long-name" });
    expect(await refusal(apply(served, { config }))).toEqual({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("the configuration has 2 problems: vrrp_instances[0].interface"),
      ErrorInfo: { reason: "INVALID_CONFIGURATION", domain: "vipward", metadata: { problems: "2" } },
      BadRequest: {
        fieldViolations: [
          { field: "vrrp_instances[0].interface", description: expect.any(String), reason: "INVALID_CONFIGURATION" },
          {
            field: "vrrp_instances[0].priority",
            description: expect.stringContaining("300"),
            reason: "INVALID_CONFIGURATION",
          },
        ],
      },
    } as never);
  });

  test("INVALID_CONFIGURATION: what does not fit into a trailer is counted", async () => {
    await using served = await Served.start();
    const [server] = wireConfig(webDocument()).virtualServers;
    const realServers = Array.from({ length: 500 }, () => ({ ...server?.realServers[0], address: "nowhere" }));
    const config = Config.create({ virtualServers: [{ ...server, realServers } as never] });
    const refused = await refusal(apply(served, { config }));
    const { BadRequest: shown, ErrorInfo: info } = refused as never as {
      BadRequest: { fieldViolations: unknown[] };
      ErrorInfo: { metadata: Record<string, string> };
    };
    expect(info.metadata.problems).toBe("500");
    expect(shown.fieldViolations.length + Number(info.metadata.omitted)).toBe(500);
    expect(shown.fieldViolations.length).toBeGreaterThan(10);
  });

  test("REQUEST_ID_REUSED", async () => {
    await using served = await Served.start();
    await apply(served, { config: wireConfig(webDocument()), requestId: "r-1" });
    expect(await refusal(apply(served, { config: Config.create(), requestId: "r-1" }))).toMatchObject({
      code: "INVALID_ARGUMENT",
      ErrorInfo: { reason: "REQUEST_ID_REUSED" },
      BadRequest: { fieldViolations: [{ field: "request_id" }] },
    });
  });

  test("INVALID_ARGUMENT: a request id that is too long", async () => {
    await using served = await Served.start();
    expect(await refusal(apply(served, { config: Config.create(), requestId: "x".repeat(129) }))).toMatchObject({
      code: "INVALID_ARGUMENT",
      ErrorInfo: { reason: "INVALID_ARGUMENT" },
      BadRequest: { fieldViolations: [{ field: "request_id" }] },
    });
  });

  test("INVALID_ARGUMENT: a request without a configuration, which would remove everything", async () => {
    await using served = await Served.start();
    const missing = { code: "INVALID_ARGUMENT", BadRequest: { fieldViolations: [{ field: "config" }] } };
    expect(await refusal(apply(served, {}))).toMatchObject(missing);
    const config = undefined;
    const plan = answer((callback) => served.config.planConfig(PlanConfigRequest.create({ config }), callback));
    expect(await refusal(plan)).toMatchObject(missing);
    const validate = answer((callback) =>
      served.config.validateConfig(ValidateConfigRequest.create({ config }), callback),
    );
    expect(await refusal(validate)).toMatchObject(missing);
  });

  test("REVISION_MISMATCH", async () => {
    await using served = await Served.start();
    expect(await refusal(apply(served, { config: Config.create(), expectedRevision: 7n }))).toMatchObject({
      code: "FAILED_PRECONDITION",
      message: "revision 0 runs, not 7: read it again",
      ErrorInfo: { reason: "REVISION_MISMATCH", metadata: { expected: "7", actual: "0" } },
      PreconditionFailure: { violations: [{ type: "REVISION_MISMATCH", subject: "expected_revision" }] },
    });
  });

  test("REVISION_LOST", async () => {
    await using served = await Served.start();
    const { agent } = served;
    const second = Promise.withResolvers<void>();
    const plainApply = agent.apply;
    agent.checkers.before = () => second.promise;
    agent.apply = (request) => {
      const applied = plainApply(request);
      if (request.reason === "second") second.resolve();
      return applied;
    };
    const expectedRevision = 0n;
    const first = apply(served, { config: wireConfig(webDocument()), expectedRevision });
    await until(() => agent.checkers.calls.length > 0, { what: "the first call is under way" });
    const overtaken = apply(served, { config: Config.create(), expectedRevision, reason: "second" });
    expect(await refusal(overtaken)).toMatchObject({
      code: "ABORTED",
      ErrorInfo: { reason: "REVISION_LOST", metadata: { expected: "0", actual: "1" } },
    });
    expect(await first).toMatchObject({ revision: { number: 1n } });
  });

  test("PLAN_CHANGED", async () => {
    await using served = await Served.start();
    expect(await refusal(apply(served, { config: Config.create(), planHash: "old" }))).toMatchObject({
      code: "FAILED_PRECONDITION",
      ErrorInfo: { reason: "PLAN_CHANGED", metadata: { expected: "old", actual: expect.any(String) } },
      PreconditionFailure: { violations: [{ type: "PLAN_CHANGED", subject: "plan_hash" }] },
    });
  });

  test("KERNEL_REFUSED: errno and the kernel's text are kept", async () => {
    await using served = await Served.start();
    served.agent.checkers.mishaps.push([schedulerMissing]);
    expect(await refusal(apply(served, { config: wireConfig(webDocument()) }))).toMatchObject({
      code: "FAILED_PRECONDITION",
      ErrorInfo: {
        reason: "KERNEL_REFUSED",
        metadata: { phase: "checkers", errno: "ENOENT", text: "no such scheduler", object: "tcp 10.9.0.100:80" },
      },
      PreconditionFailure: {
        violations: [
          { subject: "tcp 10.9.0.100:80", description: "add service tcp 10.9.0.100:80: ENOENT (no such scheduler)" },
        ],
      },
    });
  });

  test("CHILD_UNAVAILABLE: with a time to try again", async () => {
    await using served = await Served.start();
    served.agent.checkers.mishaps.push(new Error("the checkers process does not answer"));
    expect(await refusal(apply(served, { config: Config.create() }))).toMatchObject({
      code: "UNAVAILABLE",
      ErrorInfo: { reason: "CHILD_UNAVAILABLE", metadata: { phase: "checkers" } },
      RetryInfo: { retryDelay: { seconds: 1n } },
    });
  });

  test("STORE_FULL", async () => {
    await using served = await Served.start();
    served.agent.store.begin = () => {
      throw new StoreError("full", "no space");
    };
    expect(await refusal(apply(served, { config: wireConfig(webDocument()) }))).toMatchObject({
      code: "RESOURCE_EXHAUSTED",
      ErrorInfo: { reason: "STORE_FULL" },
      RetryInfo: { retryDelay: { seconds: 10n } },
    });
  });

  test("ROLLBACK_FAILED: what could not be put back", async () => {
    await using served = await Served.start();
    served.agent.checkers.mishaps.push([schedulerMissing], [schedulerMissing]);
    expect(await refusal(apply(served, { config: wireConfig(webDocument()) }))).toMatchObject({
      code: "INTERNAL",
      ErrorInfo: { reason: "ROLLBACK_FAILED" },
      PreconditionFailure: { violations: [{ type: "ROLLBACK_FAILED", subject: "tcp 10.9.0.100:80" }] },
    });
  });

  test("an error fits into the trailers that common clients take, however much went wrong", async () => {
    await using served = await Served.start();
    const failures = Array.from({ length: 3000 }, (_, index) => ({
      ...schedulerMissing,
      object: `tcp 10.9.0.1:${index}`,
    }));
    served.agent.checkers.mishaps.push(failures, failures);
    const error = await apply(served, { config: wireConfig(webDocument()) }).catch((thrown: ServiceError) => thrown);
    if (!(error instanceof Error)) throw new Error("the call did not fail");
    const [details] = error.metadata.get(detailsKey);
    expect(Math.ceil(((details?.length ?? 0) * 4) / 3) + encodeURI(error.details).length).toBeLessThan(8000);
    expect(await refusal(Promise.reject(error))).toMatchObject({ ErrorInfo: { reason: "ROLLBACK_FAILED" } });
  });

  test("NO_CONFIGURATION and REVISION_NOT_FOUND", async () => {
    await using served = await Served.start();
    const get = (revision: bigint | undefined) =>
      refusal(answer((callback) => served.config.getConfig({ revision }, callback)));
    expect(await get(undefined)).toMatchObject({ code: "NOT_FOUND", ErrorInfo: { reason: "NO_CONFIGURATION" } });
    expect(await get(3n)).toMatchObject({
      code: "NOT_FOUND",
      ErrorInfo: { reason: "REVISION_NOT_FOUND", metadata: { revision: "3" } },
    });
  });

  test("STOPPING", async () => {
    await using served = await Served.start();
    const stop = () => answer((callback) => served.info.stop({ keep: true, reason: "maintenance" }, callback));
    await stop();
    expect(served.agent.stops).toEqual([{ keep: true, reason: "maintenance" }]);
    expect(await refusal(stop())).toMatchObject({ code: "UNAVAILABLE", ErrorInfo: { reason: "STOPPING" } });
  });

  test("INTERNAL: a fault of ours is told by a reference and nothing else", async () => {
    await using served = await Served.start();
    served.agent.fault = new Error("secret detail of the inside");
    const refused = await refusal(answer((callback) => served.info.getInfo({}, callback)));
    expect(refused).toMatchObject({
      code: "INTERNAL",
      ErrorInfo: { reason: "INTERNAL" },
      RequestInfo: { requestId: expect.any(String) },
    });
    expect(JSON.stringify(refused)).not.toContain("secret");
  });
});

describe("health", () => {
  test("the agent's health is that of every service; an unknown one is not found", async () => {
    await using served = await Served.start();
    const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
    const check = (service: string) => answer((callback) => served.health.check({ service }, callback));
    expect(await check("")).toEqual({ status: SERVING });
    served.agent.setServing(false);
    expect(await check("vipward.v1.ConfigService")).toEqual({ status: NOT_SERVING });
    expect(await refusal(check("other"))).toMatchObject({ code: "NOT_FOUND" });
    const { statuses } = await answer<{ statuses: object }>((callback) => served.health.list({}, callback as never));
    expect(Object.keys(statuses)).toHaveLength(9);
  });

  test("a watch tells each change once", async () => {
    await using served = await Served.start();
    const call = served.health.watch({ service: "" });
    const seen: number[] = [];
    for await (const { status } of call) {
      seen.push(status);
      if (seen.length === 3) break;
      served.agent.setServing(status !== HealthCheckResponse_ServingStatus.SERVING);
    }
    const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
    expect(seen).toEqual([SERVING, NOT_SERVING, SERVING]);
  });
});

describe("the socket", () => {
  test("is for its owner and group only", async () => {
    await using served = await Served.start();
    expect(statSync(served.server.socketPath).mode & 0o777).toBe(0o660);
  });

  test("is not taken from an agent that answers, and its process is named", async () => {
    await using served = await Served.start();
    const { agent } = served;
    const second = new ApiServer({ agent, runtimeDirectory: agent.directory, log: silentLog });
    await expect(second.start()).rejects.toThrow(
      `another agent answers on ${served.server.socketPath} (pid 100): stop it, or choose another --runtime-dir`,
    );
    expect(await agentAt(agent.directory)).toBe(`${served.server.socketPath} (pid 100)`);
  });

  test("is taken over when nobody answers on the file", async () => {
    await using served = await Served.start();
    const directory = join(served.agent.directory, "stale");
    const stale = `
      import { createServer } from "node:net";
      import { mkdirSync } from "node:fs";
      mkdirSync(${JSON.stringify(directory)});
      createServer().listen(${JSON.stringify(join(directory, "vipward.sock"))}, () => process.kill(process.pid, "SIGKILL"));`;
    Bun.spawnSync([process.execPath, "-e", stale]);
    expect(statSync(join(directory, "vipward.sock")).isSocket()).toBe(true);
    const server = new ApiServer({ agent: served.agent, runtimeDirectory: directory, log: silentLog });
    await server.start();
    expect(await agentAt(directory)).toContain("pid 100");
    await server.stop(100);
  });

  test("is made again when the file is removed under a running agent", async () => {
    await using served = await Served.start();
    const directory = join(served.agent.directory, "again");
    const server = new ApiServer({ agent: served.agent, runtimeDirectory: directory, log: silentLog, lookMs: 10 });
    await server.start();
    rmSync(directory, { recursive: true });
    await until(() => existsSync(server.socketPath), { what: "the socket is there again" });
    expect(await agentAt(directory)).toBe(`${server.socketPath} (pid 100)`);
    expect(statSync(directory).mode & 0o777).toBe(0o750);
    await server.stop(100);
  });

  test("is refused where another file lies, or another program answers", async () => {
    await using served = await Served.start();
    const { agent } = served;
    const inUse = join(agent.directory, "vipward.sock");
    await served.server.stop(100);
    writeFileSync(inUse, "");
    const server = new ApiServer({ agent, runtimeDirectory: agent.directory, log: silentLog });
    await expect(server.start()).rejects.toThrow("is there and is not a socket");
    const other = createServer((socket) => socket.destroy());
    await Bun.file(inUse).delete();
    await new Promise<void>((resolve) => other.listen(inUse, resolve));
    await expect(server.start()).rejects.toThrow(`another agent answers on ${inUse}: stop it`);
    await new Promise((resolve) => other.close(resolve));
  });
});
