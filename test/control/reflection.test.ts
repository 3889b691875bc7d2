// Reflection as other people's tools use it: buf curl asks the running server what it can call, without any .proto file.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { credentials } from "@grpc/grpc-js";
import {
  ServerReflectionClient,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "../../agent/control/gen/grpc/reflection/v1/reflection.pb.ts";
import { ServerReflectionClient as AlphaClient } from "../../agent/control/gen/grpc/reflection/v1alpha/reflection.pb.ts";
import { calls } from "./api-calls.ts";
import { Served } from "./client.ts";

const buf = join(import.meta.dir, "../../node_modules/.bin/buf");
const names = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "vipward.v1.AgentService",
  "vipward.v1.BalancerService",
  "vipward.v1.CertificateService",
  "vipward.v1.CheckerService",
  "vipward.v1.ConfigService",
  "vipward.v1.OverrideService",
  "vipward.v1.StateService",
  "vipward.v1.VrrpService",
];

async function bufCurl(served: Served, path: string, ...options: string[]): Promise<string> {
  const socket = served.server.socketPath;
  const transport = ["--http2-prior-knowledge", "--protocol", "grpc", "--unix-socket", socket];
  const curl = Bun.spawn([buf, "curl", ...transport, ...options, `http://localhost${path}`], { stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(curl.stdout).text(),
    new Response(curl.stderr).text(),
    curl.exited,
  ]);
  return code === 0 ? out : err;
}

test("buf curl lists the services and their methods", async () => {
  await using served = await Served.start();
  expect((await bufCurl(served, "", "--list-services")).trim().split("\n").sort()).toEqual(names);
  expect((await bufCurl(served, "", "--list-methods")).split("\n")).toContain("vipward.v1.ConfigService/ApplyConfig");
});

for (const version of ["grpc-v1", "grpc-v1alpha"])
  test(`buf curl calls a method that it learns of through ${version}`, async () => {
    await using served = await Served.start();
    const info = await bufCurl(served, "/vipward.v1.AgentService/GetInfo", "--reflect-protocol", version, "-d", "{}");
    expect(JSON.parse(info)).toMatchObject({ version: "1.2.3", kernel: "6.1.0-test", ipvsVersion: "1.2.1" });
  });

test("buf curl calls every method, and gets answers and errors that it understands", async () => {
  await using served = await Served.start();
  const methods = (await bufCurl(served, "", "--list-methods")).trim().split("\n");
  const own = methods.filter((method) => method.startsWith("vipward.") && !method.endsWith("/WatchState"));
  expect(own.sort()).toEqual(
    Object.keys(calls)
      .map((method) => `vipward.v1.${method}`)
      .sort(),
  );
  for (const [method, [request, expected]] of Object.entries(calls)) {
    const shown = await bufCurl(served, `/vipward.v1.${method}`, "-d", JSON.stringify(request));
    if (!shown.includes(expected)) throw new Error(`${method} did not show ${expected}: ${shown}`);
  }
}, 300_000);

test("buf curl shows an error with its details", async () => {
  await using served = await Served.start();
  const request = {
    config: { virtualServers: [{ address: "10.9.0.100", port: 80, protocol: "PROTOCOL_TCP", scheduler: "wrrr" }] },
  };
  const shown = await bufCurl(served, "/vipward.v1.ConfigService/ApplyConfig", "-d", JSON.stringify(request));
  expect(shown).toContain("invalid_argument");
  expect(shown).toContain("virtual_servers[0].scheduler");
});

test("a symbol is answered with its file, comments included, and every file that it imports", async () => {
  await using served = await Served.start();
  const response = await ask(served, { $case: "fileContainingSymbol", value: "vipward.v1.ConfigService.ApplyConfig" });
  const answer = response.messageResponse;
  if (answer?.$case !== "fileDescriptorResponse") throw new Error(JSON.stringify(answer));
  const files = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  const names = files.map(({ name }) => name);
  expect(names[0]).toBe("vipward/v1/config_service.proto");
  expect(names.toSorted()).toEqual(
    [...new Set(["vipward/v1/config_service.proto", ...files.flatMap((file) => file.dependency)])].sort(),
  );
  const comments = files[0]?.sourceCodeInfo?.location.map(({ leadingComments }) => leadingComments).join("");
  expect(comments).toContain("replaces the whole configuration, or changes nothing");
});

test("what is not defined here is not found", async () => {
  await using served = await Served.start();
  const response = await ask(served, { $case: "fileContainingSymbol", value: "other.Service" });
  expect(response.messageResponse).toEqual({
    $case: "errorResponse",
    value: { errorCode: 5, errorMessage: "other.Service is not defined here" },
  });
});

test("both versions of reflection list the same services", async () => {
  await using served = await Served.start();
  const lists = await Promise.all(
    [ServerReflectionClient, AlphaClient].map((Client) => ask(served, { $case: "listServices", value: "" }, Client)),
  );
  for (const { messageResponse } of lists)
    expect(
      messageResponse?.$case === "listServicesResponse" && messageResponse.value.service.map(({ name }) => name).sort(),
    ).toEqual(names);
});

function ask(
  served: Served,
  messageRequest: ServerReflectionRequest["messageRequest"],
  Client: typeof ServerReflectionClient | typeof AlphaClient = ServerReflectionClient,
): Promise<ServerReflectionResponse> {
  const client = new Client(served.target, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    const call = client.serverReflectionInfo();
    call.on("data", (response: ServerReflectionResponse) => {
      call.end();
      client.close();
      resolve(response);
    });
    call.on("error", reject);
    call.write({ host: "", messageRequest });
  });
}
