// The history of the configuration, going back, merging by name, preparing, fencing and uploads, through the API.

import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { ServiceError } from "@grpc/grpc-js";
import { Config } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import {
  ApplyConfigRequest,
  type ApplyConfigResponse,
  ApplyMode,
  type DiffRevisionsResponse,
  type ListRevisionsResponse,
  type PrepareConfigResponse,
  RollbackConfigRequest,
  type RollbackConfigResponse,
  UploadConfigRequest,
  type UploadConfigResponse,
} from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { answer, refusal, Served, wireConfig } from "./client.ts";
import { webDocument, webDocumentWithoutPassword } from "./documents.ts";
import { MemoryAgent, schedulerMissing } from "./memory-agent.ts";

function apply({ config }: Served, change: Partial<ApplyConfigRequest>): Promise<ApplyConfigResponse> {
  return answer((callback) => config.applyConfig(ApplyConfigRequest.create(change), callback));
}

/** Served with revisions 1 (priority 150) and 2 (priority 200). */
async function withHistory(): Promise<Served> {
  const served = await Served.start();
  await apply(served, { config: wireConfig(webDocument()), author: "alice", reason: "first" });
  await apply(served, { config: wireConfig(webDocument({ priority: 200 })), author: "bob" });
  return served;
}

function priority({ agent }: Served): number | undefined {
  return agent.vrrp.runs?.model.instances[0]?.priority;
}

describe("the history", () => {
  test("has who, why, when, how long, what came of it, and what ran before", async () => {
    await using served = await withHistory();
    served.agent.vrrp.mishaps.push([schedulerMissing]);
    await refusal(apply(served, { config: Config.create(), author: "carol" }));
    const list = (pageSize: number, pageToken: string) =>
      answer<ListRevisionsResponse>((callback) => served.config.listRevisions({ pageSize, pageToken }, callback));
    const { revisions, nextPageToken } = await list(2, "");
    expect(revisions).toMatchObject([
      { number: 3n, author: "carol", result: 3, previousRevision: 2n, failure: expect.stringContaining("ENOENT") },
      {
        number: 2n,
        author: "bob",
        result: 2,
        previousRevision: 1n,
        previousHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(revisions[1]?.duration).toBeDefined();
    expect(await list(2, nextPageToken)).toMatchObject({
      revisions: [{ number: 1n, author: "alice", reason: "first", previousRevision: 0n }],
      nextPageToken: "",
    });
    expect(await refusal(list(2, "x"))).toMatchObject({ BadRequest: { fieldViolations: [{ field: "page_token" }] } });
  });

  test("shows what differs between revisions, without passwords", async () => {
    await using served = await withHistory();
    const diff = (from?: bigint, to?: bigint) =>
      answer<DiffRevisionsResponse>((callback) => served.config.diffRevisions({ from, to }, callback));
    expect(await diff()).toMatchObject({
      from: { number: 1n },
      to: { number: 2n },
      differences: [{ field: "vrrp_instances[web].priority", before: "150", after: "200" }],
    });
    expect((await diff(1n, 1n)).differences).toEqual([]);
    const whole = await diff(0n, 1n);
    expect(whole.from).toBeUndefined();
    expect(JSON.stringify(whole.differences)).not.toContain("s3cret");
    expect(await refusal(diff(9n))).toMatchObject({ ErrorInfo: { reason: "REVISION_NOT_FOUND" } });
  });

  test("keeps at least fifty revisions", async () => {
    using agent = new MemoryAgent();
    for (let priority = 1; priority <= 60; priority++)
      await agent.apply({
        document: webDocument({ priority }),
        ...{ author: "test", reason: "", source: { kind: "api" }, validateOnly: false },
      });
    expect(agent.store.revision(11)?.document).toContain("web");
  });
});

describe("a rollback", () => {
  const rollBack = (served: Served, change: Partial<RollbackConfigRequest>) =>
    answer<RollbackConfigResponse>((callback) =>
      served.config.rollbackConfig(RollbackConfigRequest.create(change), callback),
    );

  test("is a new revision with the old content, passwords included", async () => {
    await using served = await withHistory();
    const { applied } = await rollBack(served, { revision: 1n, reason: "slow", requestId: "r-1" });
    expect(applied?.revision).toMatchObject({ number: 3n, reason: "slow" });
    expect(priority(served)).toBe(150);
    expect(served.agent.vrrp.runs?.model.instances[0]?.authentication).toEqual({ type: "pass", password: "s3cret" });
    expect(served.agent.store.revision(3)?.revision.hash).toBe(served.agent.store.revision(1)?.revision.hash ?? "");
    expect((await rollBack(served, { revision: 1n, reason: "slow", requestId: "r-1" })).applied?.replayed).toBe(true);
  });

  test("to a revision that never ran is refused", async () => {
    await using served = await withHistory();
    served.agent.vrrp.mishaps.push([schedulerMissing]);
    await refusal(apply(served, { config: Config.create() }));
    for (const revision of [3n, 7n])
      expect(await refusal(rollBack(served, { revision }))).toMatchObject({
        code: "NOT_FOUND",
        ErrorInfo: { reason: "REVISION_NOT_FOUND" },
      });
  });

  test("holds to expected_revision, and may itself wait to be confirmed", async () => {
    await using served = await withHistory();
    expect(await refusal(rollBack(served, { revision: 1n, expectedRevision: 1n }))).toMatchObject({
      ErrorInfo: { reason: "REVISION_MISMATCH" },
    });
    const confirmation = { id: "back", timeout: undefined };
    expect((await rollBack(served, { revision: 1n, confirmation })).applied?.confirmation).toMatchObject({
      id: "back",
    });
  });
});

describe("a merge", () => {
  const mode = ApplyMode.APPLY_MODE_MERGE;
  const server = (port: number) => ({
    address: "10.9.0.100",
    port,
    protocol: "tcp",
    realServers: [{ address: "10.9.0.31" }],
  });
  const running = ({ agent }: Served) => ({
    instances: agent.vrrp.runs?.model.instances.map(({ name, priority }) => `${name} ${priority}`),
    servers: agent.checkers.runs?.model.virtualServers.map(
      ({ name, realServers }) => `${name}: ${realServers[0]?.name}`,
    ),
  });

  test("adds and replaces by name, and leaves the rest", async () => {
    await using served = await withHistory();
    const document = { virtualServers: [server(80), server(443)] };
    await apply(served, { mode, config: wireConfig(document) });
    expect(running(served)).toEqual({
      instances: ["web 200"],
      servers: ["tcp 10.9.0.100:80: 10.9.0.31:80", "tcp 10.9.0.100:443: 10.9.0.31:443"],
    });
    expect(served.agent.vrrp.runs?.model.instances[0]?.authentication).toEqual({ type: "pass", password: "s3cret" });
  });

  test("removes what it names, and nothing that is not there", async () => {
    await using served = await withHistory();
    await apply(served, { mode, config: wireConfig({ virtualServers: [server(443)] }) });
    const removals = { vrrpInstances: [], vrrpSyncGroups: [], virtualServers: ["tcp 10.9.0.100:80"] };
    await apply(served, { mode, removals });
    expect(running(served)).toEqual({ instances: ["web 200"], servers: ["tcp 10.9.0.100:443: 10.9.0.31:443"] });
    expect(await refusal(apply(served, { mode, removals }))).toMatchObject({
      code: "INVALID_ARGUMENT",
      BadRequest: { fieldViolations: [{ field: "removals.virtual_servers[0]" }] },
    });
  });

  test("is checked as a whole", async () => {
    await using served = await withHistory();
    const [instance] = webDocumentWithoutPassword(90).vrrpInstances;
    const config = wireConfig({
      vrrpInstances: [{ ...instance, name: "other", authentication: { type: "pass", password: "x" } }],
    });
    expect(await refusal(apply(served, { mode, config }))).toMatchObject({
      ErrorInfo: { reason: "INVALID_CONFIGURATION" },
    });
  });

  test("without the mode, removals are refused", async () => {
    await using served = await withHistory();
    const removals = { vrrpInstances: ["web"], vrrpSyncGroups: [], virtualServers: [] };
    expect(await refusal(apply(served, { config: Config.create(), removals }))).toMatchObject({
      BadRequest: { fieldViolations: [{ field: "removals" }] },
    });
  });
});

describe("preparing", () => {
  const prepare = (served: Served, change: Partial<ApplyConfigRequest>) =>
    answer<PrepareConfigResponse>((callback) =>
      served.config.prepareConfig({ change: ApplyConfigRequest.create(change), expiry: undefined }, callback),
    );
  const config = wireConfig(webDocument({ priority: 210 }));

  test("checks, changes nothing, and holds up others until it is applied", async () => {
    await using served = await withHistory();
    const { token, baseRevision } = await prepare(served, { config, reason: "together" });
    expect([baseRevision, priority(served)]).toEqual([2n, 200]);
    expect(await refusal(apply(served, { config: Config.create() }))).toMatchObject({
      code: "FAILED_PRECONDITION",
      ErrorInfo: { reason: "CONFIGURATION_PREPARED" },
    });
    expect(await refusal(prepare(served, { config }))).toMatchObject({
      ErrorInfo: { reason: "CONFIGURATION_PREPARED" },
    });
    const applied = await apply(served, { preparedToken: token, requestId: "r-9" });
    expect(applied.revision).toMatchObject({ number: 3n, reason: "together" });
    expect(priority(served)).toBe(210);
    expect(await apply(served, { preparedToken: token, requestId: "r-9" })).toMatchObject({ replayed: true });
    expect(await refusal(apply(served, { preparedToken: token }))).toMatchObject({
      code: "NOT_FOUND",
      ErrorInfo: { reason: "PREPARATION_NOT_FOUND" },
    });
  });

  test("ends with its time, and when it is aborted", async () => {
    await using served = await withHistory();
    await prepare(served, { config });
    served.agent.now += 60_000;
    const { token } = await prepare(served, { config });
    const abort = () => answer((callback) => served.config.abortConfig({ token, controller: undefined }, callback));
    await abort();
    expect(await refusal(abort())).toMatchObject({ ErrorInfo: { reason: "PREPARATION_NOT_FOUND" } });
    expect(await apply(served, { config })).toMatchObject({ revision: { number: 3n } });
  });

  test("of what is wrong holds nobody up", async () => {
    await using served = await withHistory();
    expect(await refusal(prepare(served, { config, expectedRevision: 9n }))).toMatchObject({
      ErrorInfo: { reason: "REVISION_MISMATCH" },
    });
    expect(await apply(served, { config })).toMatchObject({ revision: { number: 3n } });
  });
});

describe("fencing", () => {
  const config = wireConfig(webDocument());
  const claim = (epoch: bigint, role = "fleet") => ({ role, epoch });

  test("a controller whose epoch is over is refused with the current one, also after a restart", async () => {
    await using served = await Served.start();
    await apply(served, { config, controller: claim(5n) });
    expect(await refusal(apply(served, { config, controller: claim(4n) }))).toMatchObject({
      code: "PERMISSION_DENIED",
      ErrorInfo: { reason: "STALE_CONTROLLER_EPOCH", metadata: { role: "fleet", epoch: "4", current: "5" } },
    });
    expect(served.agent.store.controllerEpoch("fleet")).toBe(5);
    served.agent.kill();
    using restarted = await new MemoryAgent(served.agent).start();
    expect(
      await restarted.changes.confirm({ id: "x", author: "test", controller: { role: "fleet", epoch: 4 } }),
    ).toMatchObject({ ok: false, error: { kind: "stale-controller", current: 5 } });
  });

  test("roles do not fence each other, and a newer epoch counts even when its change is refused", async () => {
    await using served = await Served.start();
    await apply(served, { config, controller: claim(5n) });
    await refusal(apply(served, { config: Config.create(), controller: claim(6n), expectedRevision: 9n }));
    expect(await refusal(apply(served, { config, controller: claim(5n) }))).toMatchObject({
      ErrorInfo: { metadata: { current: "6" } },
    });
    expect(await apply(served, { config, controller: claim(1n, "other") })).toMatchObject({ unchanged: true });
  });
});

describe("an upload", () => {
  /** Sends an encoded configuration in chunks and its hash. */
  function upload({ config }: Served, bytes: Uint8Array, hash = createHash("sha256").update(bytes).digest("hex")) {
    return new Promise<UploadConfigResponse>((resolve, reject) => {
      const call = config.uploadConfig((error: ServiceError | null, response: UploadConfigResponse) =>
        error === null ? resolve(response) : reject(error),
      );
      for (let offset = 0; offset < bytes.length; offset += 1 << 20) {
        const value = Buffer.from(bytes.subarray(offset, offset + (1 << 20)));
        call.write(UploadConfigRequest.create({ part: { $case: "chunk", value } }));
      }
      call.write(UploadConfigRequest.create({ part: { $case: "sha256", value: hash } }));
      call.end();
    });
  }

  test("of more than 16 MB is applied", async () => {
    await using served = await Served.start();
    const paths = ["a", "b", "c", "d"].map((letter) => ({ path: `/${letter.repeat(480)}` }));
    const checkers = [{ http: { requests: paths } }];
    const service = {
      address: "10.9.0.100",
      port: 1,
      protocol: "tcp",
      realServers: [{ address: "10.9.0.11", checkers }],
    };
    const [first] = wireConfig({ virtualServers: [service] }).virtualServers;
    const virtualServers = Array.from({ length: 10_000 }, (_, index) => ({
      ...first,
      name: undefined,
      port: index + 1,
    }));
    const config = { ...Config.create(), virtualServers };
    const bytes = Config.encode(config as Config).finish();
    expect(bytes.length).toBeGreaterThan(16 * 1024 * 1024);
    const { uploadId, size } = await upload(served, bytes);
    expect(size).toBe(BigInt(bytes.length));
    expect(await apply(served, { uploadId })).toMatchObject({ revision: { number: 1n } });
    expect(served.agent.checkers.runs?.model.virtualServers).toHaveLength(10_000);
  }, 60_000);

  test("with another hash is refused", async () => {
    await using served = await Served.start();
    const sent = upload(served, Config.encode(wireConfig(webDocument())).finish(), "00".repeat(32));
    expect(await refusal(sent)).toMatchObject({
      code: "INVALID_ARGUMENT",
      BadRequest: {
        fieldViolations: [{ field: "sha256", description: expect.stringContaining("bytes with the hash") }],
      },
    });
  });

  test("that nobody made is not found, and one that is no configuration is told", async () => {
    await using served = await Served.start();
    expect(await refusal(apply(served, { uploadId: "nothing" }))).toMatchObject({
      code: "NOT_FOUND",
      ErrorInfo: { reason: "UPLOAD_NOT_FOUND" },
    });
    const { uploadId } = await upload(served, Buffer.from([0xff, 0xff, 0xff]));
    expect(await refusal(apply(served, { uploadId }))).toMatchObject({
      BadRequest: { fieldViolations: [{ field: "upload_id" }] },
    });
  });
});
