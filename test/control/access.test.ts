// Who may do what, over the unix socket and over TCP with mutual TLS: identities, roles, scopes, limits, the audit log.

import { describe, expect, test } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { connect, type PeerCertificate } from "node:tls";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { accessRules } from "../../agent/control/access/access-file.ts";
import { type AuditRecord, firstBroken } from "../../agent/control/access/audit.ts";
import { type Caller, namesOf } from "../../agent/control/access/caller.ts";
import { type Access, grantOf, neededRights, type Right, type Role, roles } from "../../agent/control/access/policy.ts";
import { RefusalAudit } from "../../agent/control/access/refusal-audit.ts";
import { plainAddress } from "../../agent/control/access/transport-caller.ts";
import { HealthService } from "../../agent/control/gen/grpc/health/v1/health.pb.ts";
import { ServerReflectionService } from "../../agent/control/gen/grpc/reflection/v1/reflection.pb.ts";
import { ServerReflectionService as ServerReflectionAlphaService } from "../../agent/control/gen/grpc/reflection/v1alpha/reflection.pb.ts";
import { AgentServiceService } from "../../agent/control/gen/vipward/v1/agent_service.pb.ts";
import { BalancerServiceService } from "../../agent/control/gen/vipward/v1/balancer_service.pb.ts";
import { CertificateServiceService } from "../../agent/control/gen/vipward/v1/certificate_service.pb.ts";
import { CheckerServiceService } from "../../agent/control/gen/vipward/v1/checker_service.pb.ts";
import { Config } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import { ConfigServiceClient, ConfigServiceService } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { OverrideServiceService } from "../../agent/control/gen/vipward/v1/override_service.pb.ts";
import {
  StateServiceClient,
  StateServiceService,
  WatchStateRequest,
  type WatchStateResponse,
} from "../../agent/control/gen/vipward/v1/state_service.pb.ts";
import { VrrpServiceService } from "../../agent/control/gen/vipward/v1/vrrp_service.pb.ts";
import { vipward } from "../cli/command-line.ts";
import { until } from "../support/until.ts";
import { Authority, type CertificateFiles } from "./certificates.ts";
import { answer, applyRequest, refusal, wireConfig } from "./client.ts";
import { webDocument } from "./documents.ts";
import { fleet, Secured } from "./secured.ts";

const served = [
  VrrpServiceService,
  BalancerServiceService,
  CheckerServiceService,
  CertificateServiceService,
  OverrideServiceService,
  ConfigServiceService,
  StateServiceService,
  AgentServiceService,
  HealthService,
  ServerReflectionService,
  ServerReflectionAlphaService,
].flatMap((service) => Object.values(service) as { readonly path: string }[]);

describe("roles", () => {
  test("every call that is served needs a right, and no others are listed", () => {
    expect(Object.keys(neededRights).sort()).toEqual(served.map(({ path }) => path).sort());
  });

  test("each role may call what it has the right for and nothing else", async () => {
    await using secured = await Secured.start();
    const may: Readonly<Record<Role, readonly Right[]>> = {
      viewer: ["read"],
      operator: ["read", "operate"],
      "config-writer": ["read", "configure"],
      admin: ["read", "operate", "configure", "administer"],
    };
    for (const role of roles) {
      const client = new Client(
        secured.address,
        secured.credentials(secured.authority.issue(`URI:spiffe://test/${role}`)),
      );
      const denied = await Promise.all(
        served.map(
          async ({ path }) => [path, (await secured.streamCode(client, path)) === "PERMISSION_DENIED"] as const,
        ),
      );
      client.close();
      const expected = served.map(
        ({ path }) => [path, !may[role].includes(neededRights[path] ?? "administer")] as const,
      );
      expect(Object.fromEntries(denied)).toEqual(Object.fromEntries(expected));
    }
  }, 30_000);

  test("who is not in the rules may do nothing, not even list services", async () => {
    await using secured = await Secured.start();
    const stranger = secured.authority.issue("URI:spiffe://test/stranger");
    expect(await secured.codeFor(stranger)).toBe("PERMISSION_DENIED");
    expect(await secured.codeFor(stranger, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")).toBe(
      "PERMISSION_DENIED",
    );
  });

  test("on the unix socket, without rules everybody may; with rules, who is named, the superuser and the agent's own user", () => {
    const alice: Caller = { kind: "process", uid: 1000, gid: 1000, pid: 1, user: "alice", groups: ["netops"] };
    const rules: Access = { rules: [{ roles: ["operator"], identities: ["unix-group:netops"] }], revoked: [] };
    const rightsOf = (access: Access | undefined, caller: Caller) => [...grantOf(access, caller, 990).keys()];
    expect(rightsOf(undefined, alice)).toContain("administer");
    expect(rightsOf(rules, alice)).toEqual(["read", "operate"]);
    expect(rightsOf(rules, { ...alice, groups: [] })).toEqual([]);
    expect(rightsOf(rules, { ...alice, uid: 0 })).toContain("administer");
    expect(rightsOf(rules, { ...alice, uid: 990 })).toContain("administer");
    expect(rightsOf(rules, { kind: "unknown" })).toEqual([]);
  });

  test("the kernel says who is at the other end of the unix socket", async () => {
    await using secured = await Secured.start();
    const client = new ConfigServiceClient(`unix:${secured.server.socketPath}`, credentials.createInsecure());
    await answer((callback) => client.applyConfig(applyRequest({ config: wireConfig(webDocument()) }), callback));
    client.close();
    const user = process.getuid?.() === 0 ? "root" : expect.any(String);
    expect(secured.agent.store.running()?.revision.author).toEqual(user as never);
  });
});

describe("certificates", () => {
  const tests: readonly [string, (authority: Authority, other: Authority) => CertificateFiles, string][] = [
    ["of the authority, with a name that has a role", (mine) => mine.issue("URI:spiffe://test/viewer"), "OK"],
    ["that is over", (mine) => mine.issue("URI:spiffe://test/viewer", -1), "UNAVAILABLE"],
    ["of another authority", (_, other) => other.issue("URI:spiffe://test/viewer"), "UNAVAILABLE"],
    ["without names", (mine) => mine.issue(""), "PERMISSION_DENIED"],
    ["that puts two names into one", (mine) => mine.issue("DNS:spiffe.test"), "PERMISSION_DENIED"],
  ];
  for (const [name, make, code] of tests)
    test(`one ${name}: ${code}`, async () => {
      await using secured = await Secured.start();
      using other = new Authority();
      expect(await secured.codeFor(make(secured.authority, other))).toBe(code);
    });

  test("a client without one is not let in", async () => {
    await using secured = await Secured.start();
    const client = new Client(secured.address, credentials.createSsl(readFileSync(secured.authority.ca)));
    expect(await secured.code(client, "/vipward.v1.AgentService/GetInfo")).toBe("UNAVAILABLE");
    client.close();
  });

  test("one that was revoked may do nothing", async () => {
    let access = fleet;
    await using secured = await Secured.start({ current: () => access });
    const files = secured.authority.issue("URI:spiffe://test/viewer");
    expect(await secured.codeFor(files)).toBe("OK");
    const { X509Certificate } = await import("node:crypto");
    access = { ...fleet, revoked: [new X509Certificate(readFileSync(files.cert)).fingerprint256] };
    expect(await secured.codeFor(files)).toBe("PERMISSION_DENIED");
  });

  test("new files are taken while it runs, and clients still need theirs", async () => {
    await using secured = await Secured.start();
    const viewer = secured.authority.issue("URI:spiffe://test/viewer");
    const next = secured.authority.issue("IP:127.0.0.1,DNS:localhost,DNS:second");
    copyFileSync(next.cert, secured.files.cert);
    copyFileSync(next.key, secured.files.key);
    secured.endpoint.look();
    expect((await certificateOf(secured, viewer)).subjectaltname).toContain("DNS:second");
    expect(await secured.codeFor(viewer)).toBe("OK");
    const client = new Client(secured.address, credentials.createSsl(readFileSync(secured.authority.ca)));
    expect(await secured.code(client, "/vipward.v1.AgentService/GetInfo")).toBe("UNAVAILABLE");
    client.close();
    expect(kinds(secured)).toContain("certificate-loaded");
  });

  test("files that do not go together are told, and those before go on", async () => {
    await using secured = await Secured.start();
    const next = secured.authority.issue("DNS:second");
    copyFileSync(next.cert, secured.files.cert);
    secured.endpoint.look();
    const viewer = secured.authority.issue("URI:spiffe://test/viewer");
    expect((await certificateOf(secured, viewer)).subjectaltname).not.toContain("second");
    expect(kinds(secured)).toContain("certificate-refused");
  });

  test("one that ends within two weeks is told", async () => {
    await using secured = await Secured.start();
    expect(kinds(secured)).toContain("certificate-expiring");
  });

  test("names are read as they are written", () => {
    expect(namesOf("URI:spiffe://fleet/a, DNS:Ops.Example.org, IP Address:10.0.0.1")).toEqual([
      "spiffe://fleet/a",
      "dns:ops.example.org",
    ]);
    expect(namesOf('URI:"spiffe://fleet/a, URI:spiffe://fleet/b"')).toEqual([]);
    expect(namesOf(undefined)).toEqual([]);
  });

  test("the address that a call came to is known as configurations have it", () => {
    expect(["::ffff:10.9.0.2", "fe80::1%eth0", "10.9.0.2", "fd00::ffff:1"].map(plainAddress)).toEqual([
      "10.9.0.2",
      "fe80::1",
      "10.9.0.2",
      "fd00::ffff:1",
    ]);
  });

  test("the command line is a client like any other", async () => {
    await using secured = await Secured.start();
    const { cert, key } = secured.authority.issue("URI:spiffe://test/viewer");
    const tls = ["--tls-ca", secured.authority.ca, "--tls-cert", cert, "--tls-key", key];
    const target = ["--target", `127.0.0.1:${secured.server.tcpPort}`];
    expect(await vipward(["history", ...target, ...tls])).toMatchObject({
      code: 0,
      out: "no configuration was ever applied\n",
    });
    expect(await vipward(["stop", ...target, ...tls])).toMatchObject({
      code: 4,
      err: "vipward: spiffe://test/viewer may not administer: /vipward.v1.AgentService/Stop needs that right\n",
    });
    expect(await vipward(["history", ...target])).toMatchObject({ code: 2 });
  });
});

describe("limits", () => {
  test("an identity that calls too often is told when to come again, and others are not held up", async () => {
    const limits = { callsPerSecond: 0.001, burst: 3, concurrentCalls: 10, largeCalls: 1 };
    await using secured = await Secured.start({ limits });
    const [viewer, admin] = ["viewer", "admin"].map((role) => secured.authority.issue(`URI:spiffe://test/${role}`));
    if (viewer === undefined || admin === undefined) throw new Error("not issued");
    const client = new Client(secured.address, secured.credentials(viewer));
    const codes = [];
    for (let count = 0; count < 5; count++) codes.push(await secured.code(client, "/vipward.v1.AgentService/GetInfo"));
    client.close();
    expect(codes).toEqual(["OK", "OK", "OK", "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"]);
    expect(await secured.codeFor(admin)).toBe("OK");
  });
});

describe("a call that goes on", () => {
  test.each([
    ["other rules", () => ({ ...fleet, rules: [] }), undefined],
    ["a certificate that is over", () => fleet, 2],
  ] as const)("ends with the right to it: %s", async (_, rules, validForDays) => {
    let access: Access = fleet;
    let now = Date.now();
    await using secured = await Secured.start({ current: () => access, wall: () => now }, 20);
    const files = secured.authority.issue("URI:spiffe://test/viewer", validForDays);
    const client = new StateServiceClient(secured.address, secured.credentials(files));
    const watch = client.watchState(WatchStateRequest.create());
    await new Promise((heard) => watch.once("data", heard));
    expect(secured.agent.feed.size).toBe(1);
    const ended = new Promise<ServiceError>((resolve) => watch.once("error", resolve));
    access = rules();
    if (validForDays !== undefined) now += (validForDays + 1) * 86_400_000;
    expect((await ended).code).toBe(status.PERMISSION_DENIED);
    await until(() => secured.agent.feed.size === 0, { what: "nobody watches any more" });
    expect(await secured.code(client as unknown as Client, "/vipward.v1.AgentService/GetInfo")).toBe(
      "PERMISSION_DENIED",
    );
    client.close();
  });

  test("does not end when the rules are others and still allow it", async () => {
    let access: Access = fleet;
    await using secured = await Secured.start({ current: () => access }, 20);
    const files = secured.authority.issue("URI:spiffe://test/viewer");
    const client = new StateServiceClient(secured.address, secured.credentials(files));
    const watch = client.watchState(
      WatchStateRequest.create({ heartbeatInterval: { seconds: 0n, nanos: 100_000_000 } }),
    );
    let ended = false;
    watch.on("error", () => {
      ended = true;
    });
    access = { ...fleet, revoked: ["00"] };
    for (let heard = 0; heard < 10; ) {
      await new Promise((resolve) =>
        watch.once("data", ({ message }: WatchStateResponse) => resolve(message?.$case === "heartbeat" && heard++)),
      );
    }
    expect(ended).toBe(false);
    watch.cancel();
    client.close();
  });
});

describe("the audit log", () => {
  test("counts refusals of one kind, and is not filled by them", () => {
    const written: AuditRecord[] = [];
    const refusals = new RefusalAudit({ append: (record) => void written.push(record) });
    const record = { at: 0, caller: "stranger", from: "10.9.0.50:1", call: "/x", code: "PERMISSION_DENIED" };
    for (let at = 0; at < 10_000; at++) refusals.append({ ...record, at });
    refusals.append({ ...record, at: 10_000, caller: "other" });
    expect(written).toEqual([record, { ...record, at: 10_000, caller: "other" }]);
    refusals.append({ ...record, at: 70_000 });
    expect(written.slice(2)).toEqual([
      { ...record, at: 9999, times: 9999 },
      { ...record, at: 70_000 },
    ]);
    for (let at = 70_001; at < 70_011; at++) refusals.append({ ...record, at });
    refusals.flush();
    expect(written.slice(4)).toEqual([{ ...record, at: 70_010, times: 10 }]);
  });

  test("has refusals because of a limit, too", async () => {
    const limits = { callsPerSecond: 0.001, burst: 1, concurrentCalls: 10, largeCalls: 1 };
    await using secured = await Secured.start({ limits });
    const viewer = secured.authority.issue("URI:spiffe://test/viewer");
    const client = new Client(secured.address, secured.credentials(viewer));
    for (let count = 0; count < 5; count++) await secured.code(client, "/vipward.v1.AgentService/GetInfo");
    client.close();
    await secured.server.stop(100);
    const lines = readFileSync(secured.audit, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ code: "RESOURCE_EXHAUSTED" }, { code: "RESOURCE_EXHAUSTED", times: 3 }]);
  });

  test("has who did what with which result, every refusal, and no secret", async () => {
    await using secured = await Secured.start();
    const writer = secured.authority.issue("URI:spiffe://test/config-writer");
    const client = new ConfigServiceClient(secured.address, secured.credentials(writer));
    const config = wireConfig(webDocument());
    await answer((callback) => client.applyConfig(applyRequest({ config, requestId: "r-1", reason: "new" }), callback));
    await refusal(
      answer((callback) =>
        client.applyConfig(applyRequest({ config: Config.create(), expectedRevision: 9n }), callback),
      ),
    );
    client.close();
    await secured.codeFor(writer, "/vipward.v1.AgentService/Stop");
    await until(() => readFileSync(secured.audit, "utf8").split("\n").length === 4, {
      what: "three lines are written",
    });
    const text = readFileSync(secured.audit, "utf8");
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const caller = "spiffe://test/config-writer";
    expect(lines).toMatchObject([
      {
        caller,
        call: "/vipward.v1.ConfigService/ApplyConfig",
        code: "OK",
        requestId: "r-1",
        reason: "new",
        revision: 1,
      },
      { caller, call: "/vipward.v1.ConfigService/ApplyConfig", code: "FAILED_PRECONDITION" },
      { caller, call: "/vipward.v1.AgentService/Stop", code: "PERMISSION_DENIED" },
    ]);
    expect(lines[0].contentHash).toBe(secured.agent.store.running()?.revision.hash);
    expect(text).not.toContain("s3cret");
    expect(firstBroken(text)).toBeUndefined();
    expect(firstBroken(text.split("\n").toSpliced(1, 1).join("\n"))).toBe(2);
    expect(firstBroken(text.replace('"reason":"new"', '"reason":"old"'))).toBe(2);
  });
});

describe("the access file", () => {
  test("is read with its roles, identities and scopes", () => {
    expect(
      accessRules({
        rules: [
          { roles: ["operator"], identities: ["unix-group:netops", "spiffe://fleet/*"], virtual_servers: ["tcp *"] },
        ],
      }),
    ).toEqual({
      ok: true,
      value: {
        rules: [
          { roles: ["operator"], identities: ["unix-group:netops", "spiffe://fleet/*"], virtualServers: ["tcp *"] },
        ],
        revoked: [],
      },
    } as never);
  });

  test("is refused with everything that is wrong", () => {
    expect(accessRules({ rules: [{ roles: ["boss"], identities: ["alice"], scope: [] }], other: 1 })).toEqual({
      ok: false,
      error: [
        "other: is not known here, expected rules, revoked, files",
        "rules[0].scope: is not known here, expected roles, identities, virtual_servers",
        'rules[0].roles: "boss" is none of viewer, operator, config-writer, admin',
        'rules[0].identities: "alice" is not one, expected spiffe://…, dns:NAME, unix-user:NAME or unix-group:NAME, with * only at the end',
      ],
    } as never);
    expect(accessRules({})).toMatchObject({ ok: false });
  });
});

function kinds({ agent }: Secured): readonly string[] {
  return agent.journal.since(0).events.map(({ event }) => event.kind);
}

/** The certificate that the server shows to a client. */
function certificateOf({ server, authority }: Secured, files: CertificateFiles): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ port: server.tcpPort ?? 0, host: "127.0.0.1", ca: authority.read(authority.ca), ALPNProtocols: ["h2"] },
      ...{ cert: authority.read(files.cert), key: authority.read(files.key), servername: "localhost" },
    });
    socket.on("error", reject);
    socket.on("secureConnect", () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
  });
}
