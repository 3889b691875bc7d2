// An agent in memory that is served over TCP with mutual TLS too, with an authority of its own and one identity for each role.

import { join } from "node:path";
import { type ChannelCredentials, Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { silentLog } from "../../agent/base/log.ts";
import { AuditLog } from "../../agent/control/access/audit.ts";
import { type Access, roles } from "../../agent/control/access/policy.ts";
import { Rotation } from "../../agent/control/access/rotation.ts";
import { TlsEndpoint } from "../../agent/control/access/tls-endpoint.ts";
import { type ApiAccess, ApiServer } from "../../agent/control/server.ts";
import { peerCredentials } from "../../agent/kernel/linux/native.ts";
import { Authority, type CertificateFiles } from "./certificates.ts";
import { MemoryAgent } from "./memory-agent.ts";

/** Each role by its name, and a team that may change some virtual servers only. */
export const fleet: Access = {
  rules: [
    ...roles.map((role) => ({ roles: [role], identities: [`spiffe://test/${role}`] })),
    { roles: ["config-writer"], identities: ["spiffe://test/team-a"], virtualServers: ["10.9.1.0/24", "tcp *:8080"] },
  ],
  revoked: [],
};

/** An agent in memory that is served over TCP too. */
export class Secured implements AsyncDisposable {
  readonly agent = new MemoryAgent();
  readonly authority = new Authority();
  readonly files: CertificateFiles = this.authority.issue("IP:127.0.0.1,DNS:localhost");
  readonly audit = join(this.agent.directory, "audit.jsonl");
  readonly endpoint: TlsEndpoint;
  readonly rotation: Rotation;
  readonly server: ApiServer;

  private constructor(access: Partial<ApiAccess>, lookMs: number) {
    const paths = { ...this.files, clientCa: this.authority.ca };
    const report = this.agent.journal.report;
    this.endpoint = TlsEndpoint.open({ paths, report, log: silentLog, wall: () => Date.now(), lookMs: 3_600_000 });
    this.rotation = new Rotation({ endpoint: this.endpoint, report, log: silentLog, wall: () => Date.now() });
    this.agent.certificates.serve({ endpoint: this.endpoint, rotation: this.rotation });
    this.server = new ApiServer({
      agent: this.agent,
      runtimeDirectory: this.agent.directory,
      log: silentLog,
      access: { current: () => fleet, audit: new AuditLog(this.audit, silentLog), peerCredentials, ...access },
      tcp: { address: "127.0.0.1:0", endpoint: this.endpoint },
      lookMs,
    });
  }

  static async start(access: Partial<ApiAccess> = {}, lookMs = 2000): Promise<Secured> {
    const secured = new Secured(access, lookMs);
    await secured.server.start();
    return secured;
  }

  get address(): string {
    return `localhost:${this.server.tcpPort}`;
  }

  credentials({ cert, key }: CertificateFiles): ChannelCredentials {
    const { authority } = this;
    return credentials.createSsl(authority.read(authority.ca), authority.read(key), authority.read(cert));
  }

  /** Calls with an empty request and returns the code. */
  async code(client: Client, path: string): Promise<string> {
    const plain = (value: Buffer) => value;
    const error = await new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(path, plain, plain, Buffer.alloc(0), { deadline: Date.now() + 5000 }, resolve);
    });
    return error === null ? "OK" : (status[error.code] ?? "");
  }

  /** Calls with an empty request, whatever streams in the call, and returns OK at the first answer, or the code. */
  async streamCode(client: Client, path: string): Promise<string> {
    const plain = (value: Buffer) => value;
    const call = client.makeBidiStreamRequest(path, plain, plain, { deadline: Date.now() + 5000 });
    const code = await new Promise<string>((resolve) => {
      call.once("data", () => resolve("OK"));
      call.once("error", (error: ServiceError) => resolve(status[error.code] ?? ""));
      call.once("end", () => resolve("OK"));
      call.end(Buffer.alloc(0));
    });
    call.on("error", () => undefined);
    call.cancel();
    return code;
  }

  /** Calls as the holder of a certificate and returns the code. */
  async codeFor(files: CertificateFiles, path = "/vipward.v1.AgentService/GetInfo"): Promise<string> {
    const client = new Client(this.address, this.credentials(files));
    return this.code(client, path).finally(() => client.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.agent.feed.close();
    await this.server.stop(200);
    this.agent[Symbol.dispose]();
    this.authority[Symbol.dispose]();
  }
}
