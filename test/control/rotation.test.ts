// Rotation of the certificate over the API: on trial until somebody has come in with it, and back by itself otherwise.

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { readTlsFiles } from "../../agent/control/access/tls-files.ts";
import {
  CertificateServiceClient,
  type ConfirmCertificateResponse,
  type GetCertificateResponse,
  RotateCertificateRequest,
  type RotateCertificateResponse,
} from "../../agent/control/gen/vipward/v1/certificate_service.pb.ts";
import { vipward } from "../cli/command-line.ts";
import { until } from "../support/until.ts";
import { Authority, type CertificateFiles } from "./certificates.ts";
import { answer, refusal, Served } from "./client.ts";
import { Secured } from "./secured.ts";

const names = "IP:127.0.0.1,DNS:localhost,DNS:next";
const ownConnection = { "grpc.use_local_subchannel_pool": 1 };

/** A client with a connection of its own, which is made with whatever is served when it first calls. */
function adminOf(
  secured: Secured,
  files = secured.authority.issue("URI:spiffe://test/admin"),
): CertificateServiceClient {
  return new CertificateServiceClient(secured.address, secured.credentials(files), ownConnection);
}

function rotate(
  client: CertificateServiceClient,
  files: CertificateFiles,
  change: Partial<RotateCertificateRequest> = {},
) {
  const request = { certificate: readFileSync(files.cert), privateKey: readFileSync(files.key), ...change };
  return answer<RotateCertificateResponse>((callback) =>
    client.rotateCertificate(RotateCertificateRequest.create(request), callback),
  );
}

const show = (client: CertificateServiceClient) =>
  answer<GetCertificateResponse>((callback) => client.getCertificate({}, callback));
const confirm = (client: CertificateServiceClient) =>
  answer<ConfirmCertificateResponse>((callback) => client.confirmCertificate({}, callback));
const kinds = ({ agent }: Secured) => agent.journal.since(0).events.map(({ event }) => event.kind);
const filesOf = ({ files }: Secured) => [readFileSync(files.cert, "utf8"), readFileSync(files.key, "utf8")];

describe("a certificate that is rotated", () => {
  test("stays when it is confirmed over a connection with it, and is in the files, whose modes stay", async () => {
    await using secured = await Secured.start();
    const next = secured.authority.issue(names);
    const [before, mode] = [filesOf(secured), statSync(secured.files.key).mode];
    const old = adminOf(secured);
    const { trial } = await rotate(old, next);
    expect(trial?.names).toContain("DNS:next");
    expect(filesOf(secured)).toEqual(before);
    // The connection that was there before goes on, and proves nothing.
    expect(await refusal(confirm(old))).toMatchObject({
      code: "FAILED_PRECONDITION",
      ErrorInfo: { reason: "CERTIFICATE_NOT_PROVEN" },
    });
    const fresh = adminOf(secured);
    expect((await confirm(fresh)).current?.names).toContain("DNS:next");
    expect(filesOf(secured)).toEqual([readFileSync(next.cert, "utf8"), readFileSync(next.key, "utf8")]);
    expect(statSync(secured.files.key).mode).toBe(mode);
    expect((await show(fresh)).trial).toBeUndefined();
    expect(kinds(secured).filter((kind) => kind.startsWith("certificate"))).toEqual([
      "certificate-expiring",
      "certificate-on-trial",
      "certificate-loaded",
    ]);
    // Looking at the files finds what is served already.
    secured.endpoint.look();
    expect(kinds(secured).filter((kind) => kind === "certificate-loaded")).toHaveLength(1);
    old.close();
    fresh.close();
  });

  test("goes back by itself when nobody confirms it, and connections are made with the one before", async () => {
    await using secured = await Secured.start();
    const client = adminOf(secured);
    await rotate(client, secured.authority.issue(names), { trial: { seconds: 5n, nanos: 0 } });
    await until(() => kinds(secured).includes("certificate-refused"), { what: "it goes back", timeoutMs: 15_000 });
    const fresh = adminOf(secured);
    const { current, trial } = await show(fresh);
    expect([current?.names.includes("next"), trial]).toEqual([false, undefined]);
    expect(await refusal(confirm(fresh))).toMatchObject({ ErrorInfo: { reason: "NO_CERTIFICATE_ON_TRIAL" } });
    client.close();
    fresh.close();
  }, 20_000);

  test("that shuts its clients out goes back, and they are in again", async () => {
    await using secured = await Secured.start();
    using other = new Authority();
    const client = adminOf(secured);
    // Clients would have to be of another authority, and nobody has told them.
    await rotate(client, secured.authority.issue(names), {
      clientAuthorities: readFileSync(other.ca),
      trial: { seconds: 5n, nanos: 0 },
    });
    const viewer = secured.authority.issue("URI:spiffe://test/viewer");
    expect(await secured.codeFor(viewer)).toBe("UNAVAILABLE");
    await until(() => kinds(secured).includes("certificate-refused"), { what: "it goes back", timeoutMs: 15_000 });
    expect(await secured.codeFor(viewer)).toBe("OK");
    client.close();
  }, 20_000);

  test("can be taken back at once, and another one waits for that", async () => {
    await using secured = await Secured.start();
    const client = adminOf(secured);
    const next = secured.authority.issue(names);
    await rotate(client, next);
    expect(await refusal(rotate(client, next))).toMatchObject({ ErrorInfo: { reason: "CERTIFICATE_ON_TRIAL" } });
    await answer((callback) => client.cancelCertificate({}, callback));
    expect((await show(client)).trial).toBeUndefined();
    await rotate(client, next);
    client.close();
  });

  test("and does not go together, or is over, is refused and changes nothing", async () => {
    await using secured = await Secured.start();
    const client = adminOf(secured);
    const [one, two] = [secured.authority.issue(names), secured.authority.issue(names)];
    const wrong = { code: "INVALID_ARGUMENT", BadRequest: { fieldViolations: [{ field: "certificate" }] } };
    expect(await refusal(rotate(client, { cert: one.cert, key: two.key }))).toMatchObject(wrong);
    expect(await refusal(rotate(client, secured.authority.issue(names, -1)))).toMatchObject(wrong);
    expect(await refusal(rotate(client, one, { privateKey: Buffer.from("no key") }))).toMatchObject(wrong);
    expect((await show(client)).trial).toBeUndefined();
    client.close();
  });

  test("is for admins, and its key is in no answer, event or audit line", async () => {
    await using secured = await Secured.start();
    const operator = adminOf(secured, secured.authority.issue("URI:spiffe://test/operator"));
    const next = secured.authority.issue(names);
    expect(await refusal(rotate(operator, next))).toMatchObject({ code: "PERMISSION_DENIED" });
    const admin = adminOf(secured);
    const answers = [await rotate(admin, next), await show(admin)];
    const key = readFileSync(next.key, "utf8").split("\n")[1] ?? "";
    const seen = [
      JSON.stringify(answers, (_, value) => (typeof value === "bigint" ? String(value) : value)),
      JSON.stringify(secured.agent.journal.since(0).events),
      readFileSync(secured.audit, "utf8"),
    ].join();
    expect(seen).not.toContain(key);
    operator.close();
    admin.close();
  });
});

describe("the files", () => {
  test("that a crash left half exchanged are exchanged when they are read next", async () => {
    await using secured = await Secured.start();
    const next = secured.authority.issue(names);
    const paths = { ...secured.files, clientCa: secured.authority.ca };
    // The certificate had taken its place, the key had not.
    writeFileSync(`${paths.key}.vipward-next`, readFileSync(next.key));
    renameSync(next.cert, paths.cert);
    const read = readTlsFiles(paths);
    expect(read.ok && read.value.names).toContain("DNS:next");
    expect(existsSync(`${paths.key}.vipward-next`)).toBe(false);
  });
});

describe("the command line", () => {
  test("rotates, and confirms by connecting anew", async () => {
    await using secured = await Secured.start();
    const { cert, key } = secured.authority.issue("URI:spiffe://test/admin");
    const tls = ["--tls-ca", secured.authority.ca, "--tls-cert", cert, "--tls-key", key];
    const target = ["--target", `127.0.0.1:${secured.server.tcpPort}`, ...tls];
    const next = secured.authority.issue(names);
    const said = await vipward(["certificate", "rotate", "--cert", next.cert, "--key", next.key, ...target]);
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toContain("stays: ");
    expect(filesOf(secured)[0]).toBe(readFileSync(next.cert, "utf8"));
    expect((await vipward(["certificate", ...target])).out).toContain("DNS:next");
  });

  test("of an agent without TCP says so", async () => {
    await using served = await Served.start();
    expect(await vipward(["certificate", "--runtime-dir", served.agent.directory])).toMatchObject({
      code: 1,
      err: "vipward: the agent does not serve TCP: it was started without --listen\n",
    });
  });
});
