// Large answers: what a client that takes 4 MB a message, as gRPC clients do unless they are told otherwise, gets of a director with very many
// real servers.

import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { credentials } from "@grpc/grpc-js";
import type { CheckerView, VirtualServerView } from "../../agent/balancer/view.ts";
import { Config } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import {
  ConfigServiceClient,
  type DownloadConfigResponse,
  PlanConfigRequest,
  type PlanConfigResponse,
} from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import {
  GetStateRequest,
  type GetStateResponse,
  StateServiceClient,
  WatchStateRequest,
  type WatchStateResponse,
} from "../../agent/control/gen/vipward/v1/state_service.pb.ts";
import { vipward } from "../cli/command-line.ts";
import { answer, refusal, Served, wireConfig } from "./client.ts";
import { noon } from "./memory-agent.ts";

const usual = { "grpc.max_receive_message_length": 4 * 1024 * 1024 };

function fill({ agent }: Served, servers: number): void {
  const realServers = Array.from({ length: 10 }, (_, index) => ({
    ...{ name: `10.9.9.${index}:80`, forwarding: "direct", configuredWeight: 1, weight: 1, up: true, since: noon },
    ...{ reason: "connected to it, and it answered as is configured", activeConnections: 1, inactiveConnections: 2 },
  }));
  const views = Array.from({ length: servers }, (_, index): VirtualServerView => {
    const name = `tcp 10.8.${index >> 8}.${index & 255}:80`;
    const quorum = { up: true, weight: 10, quorum: 1, hysteresis: 0 };
    return { name, service: name, scheduler: "wrr", present: true, quorum, realServers };
  });
  const checkers = views.flatMap(({ name }): CheckerView[] =>
    realServers.map((realServer) => ({
      ...{ id: `${name} ${realServer.name} checker`, virtualServer: name, realServer: realServer.name, state: "up" },
      ...{ probe: `tcp ${realServer.name}`, since: noon, consecutiveFailures: 0, probes: 10, failures: 0 },
    })),
  );
  agent.hub.setBalancer(views, checkers);
}

function stateClient(served: Served): StateServiceClient {
  return new StateServiceClient(served.target, credentials.createInsecure(), usual);
}

const ask = (client: StateServiceClient, request: Partial<GetStateRequest>) =>
  answer<GetStateResponse>((callback) => client.getState(GetStateRequest.create(request), callback));

async function pages(client: StateServiceClient, request: Partial<GetStateRequest>): Promise<GetStateResponse[]> {
  const all = [await ask(client, request)];
  for (let token = all[0]?.nextPageToken ?? ""; token !== ""; token = all.at(-1)?.nextPageToken ?? "")
    all.push(await ask(client, { pageToken: token }));
  return all;
}

test("a snapshot of 20,000 real servers comes in pages of one sequence, each of which any client takes", async () => {
  await using served = await Served.start();
  fill(served, 2000);
  const client = stateClient(served);
  const first = await ask(client, {});
  // What happens between the pages is not in them.
  fill(served, 1);
  const all = [first];
  while (all.at(-1)?.nextPageToken !== "") all.push(await ask(client, { pageToken: all.at(-1)?.nextPageToken ?? "" }));
  client.close();
  expect(all.length).toBeGreaterThan(1);
  expect(new Set(all.map(({ state }) => state?.sequence)).size).toBe(1);
  expect(all.flatMap(({ state }) => state?.virtualServers ?? [])).toHaveLength(2000);
  expect(all.flatMap(({ state }) => state?.checkers ?? [])).toHaveLength(20_000);
  expect(all.flatMap(({ state }) => state?.processes ?? [])).toHaveLength(3);
}, 60_000);

test("the command line shows all of it", async () => {
  await using served = await Served.start();
  fill(served, 1200);
  const said = await vipward(["services", "-o", "json", "--runtime-dir", served.agent.directory]);
  expect(JSON.parse(said.out)).toHaveLength(1200);
}, 60_000);

test("pages may be as small as the client wants, and a token of another time is told", async () => {
  await using served = await Served.start();
  fill(served, 3);
  const client = stateClient(served);
  const all = await pages(client, { pageSize: 10 });
  // The configuration, 3 processes, 3 virtual servers, 30 checkers.
  expect(all).toHaveLength(4);
  expect(all.flatMap(({ state }) => state?.checkers ?? [])).toHaveLength(30);
  expect(await refusal(ask(client, { pageToken: "yesterday" }))).toMatchObject({
    code: "INVALID_ARGUMENT",
    BadRequest: { fieldViolations: [{ field: "page_token" }] },
  });
  client.close();
});

test("a batch of the watch that is larger than clients take comes as several", async () => {
  await using served = await Served.start();
  fill(served, 3000);
  const client = stateClient(served);
  const call = client.watchState(WatchStateRequest.create({ maxBatch: 1_000_000 }));
  let servers = 0;
  for await (const { message } of call as AsyncIterable<WatchStateResponse>) {
    const parts = message?.$case === "batch" ? message.value.messages : [{ message }];
    const changed = parts.flatMap((part) => (part.message?.$case === "changed" ? [part.message.value.resource] : []));
    servers += changed.filter((resource) => resource?.$case === "virtualServer").length;
    if (parts.some((part) => part.message?.$case === "snapshotEnd")) break;
  }
  call.cancel();
  client.close();
  expect(servers).toBe(3000);
}, 60_000);

function largeDocument(servers: number): object {
  const realServers = Array.from({ length: 10 }, (_, index) => ({ address: `10.9.9.${index + 1}`, port: 80 }));
  const virtualServers = Array.from({ length: servers }, (_, index) => ({
    ...{ address: `10.8.${index >> 8}.${index & 255}`, port: 80, protocol: "tcp", realServers },
  }));
  return { virtualServers };
}

test("a plan and a configuration that are larger than one message can be had", async () => {
  await using served = await Served.start();
  const config = wireConfig(largeDocument(6000));
  const client = new ConfigServiceClient(served.target, credentials.createInsecure(), usual);
  const plan = await answer<PlanConfigResponse>((callback) =>
    client.planConfig(PlanConfigRequest.create({ config }), callback),
  );
  expect(Number(plan.omitted)).toBeGreaterThan(0);
  // Each virtual server is an operation and a difference, and each real server an operation.
  expect(plan.operations.length + plan.differences.length + Number(plan.omitted)).toBe(6000 * 12);
  expect(plan).toMatchObject({
    operationCounts: { added: 6000 * 11, updated: 0, removed: 0 },
    differenceCount: 6000,
    vrrpEffectCount: 0,
  });

  const source = { kind: "api" } as const;
  await served.agent.apply({ document: largeDocument(6000), author: "", reason: "", source, validateOnly: false });
  const chunks: Buffer[] = [];
  let last = "";
  let revision = 0n;
  for await (const { part } of client.downloadConfig({
    revision: undefined,
  }) as AsyncIterable<DownloadConfigResponse>) {
    if (part?.$case === "revision") revision = part.value.number;
    if (part?.$case === "chunk") chunks.push(part.value);
    if (part?.$case === "sha256") last = part.value;
  }
  client.close();
  const bytes = Buffer.concat(chunks);
  expect([revision, last]).toEqual([1n, createHash("sha256").update(bytes).digest("hex")]);
  expect(Config.decode(bytes).virtualServers).toHaveLength(6000);
  expect(chunks.length).toBeGreaterThan(1);
}, 120_000);
