// The API's server: a unix socket, protected by its permissions, and TCP with mutual TLS where it is asked for. Everything that is served is
// listed here; every call comes through the door (access/door.ts).

import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { credentials, type Server, ServerCredentials } from "@grpc/grpc-js";
import { codeOf, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { AuditLog } from "./access/audit.ts";
import { type ConnectionLimits, defaultConnectionLimits, limitedServer } from "./access/connections.ts";
import { Door, type DoorOptions } from "./access/door.ts";
import { CallAccounts, type CallLimits, defaultLimits } from "./access/limits.ts";
import type { Access } from "./access/policy.ts";
import { cannotListen } from "./access/prepare-access.ts";
import type { TlsEndpoint } from "./access/tls-endpoint.ts";
import { callerFinder, type PeerCredentials } from "./access/transport-caller.ts";
import { framedResponses } from "./convert/watch.ts";
import { type DescriptorSet, readDescriptorSet } from "./descriptor-set.ts";
import type { Agent } from "./domain.ts";
import { framedMessages } from "./framed-messages.ts";
import descriptorPath from "./gen/api.binpb" with { type: "file" };
import { HealthService } from "./gen/grpc/health/v1/health.pb.ts";
import { ServerReflectionService } from "./gen/grpc/reflection/v1/reflection.pb.ts";
import { ServerReflectionService as ServerReflectionAlphaService } from "./gen/grpc/reflection/v1alpha/reflection.pb.ts";
import { AgentServiceClient, AgentServiceService } from "./gen/vipward/v1/agent_service.pb.ts";
import { BalancerServiceService } from "./gen/vipward/v1/balancer_service.pb.ts";
import { CertificateServiceService } from "./gen/vipward/v1/certificate_service.pb.ts";
import { CheckerServiceService } from "./gen/vipward/v1/checker_service.pb.ts";
import { ConfigServiceService } from "./gen/vipward/v1/config_service.pb.ts";
import { ProcessRole } from "./gen/vipward/v1/event.pb.ts";
import { OverrideServiceService } from "./gen/vipward/v1/override_service.pb.ts";
import { StateServiceService } from "./gen/vipward/v1/state_service.pb.ts";
import { VrrpServiceService } from "./gen/vipward/v1/vrrp_service.pb.ts";
import { ListenError } from "./listen-error.ts";
import { agentService } from "./services/agent-service.ts";
import { certificateService } from "./services/certificate-service.ts";
import { configService } from "./services/config-service.ts";
import { healthService } from "./services/health-service.ts";
import { balancerService, checkerService, overrideService, vrrpService } from "./services/operating-services.ts";
import { reflectionService } from "./services/reflection-service.ts";
import { stateService } from "./services/state-service.ts";

/** What a server needs. */
export interface ApiServerOptions {
  readonly agent: Agent;
  /** The folder of the agent's sockets; ours is `vipward.sock`. */
  readonly runtimeDirectory: string;
  readonly log: Log;
  /** Who may do what, and where it is written down; unless given, whoever can open the unix socket may do everything. */
  readonly access?: ApiAccess;
  /** TCP with mutual TLS besides the unix socket. */
  readonly tcp?: {
    readonly address: string;
    readonly endpoint: TlsEndpoint;
    /** Lets the port go that was kept for this server. */
    readonly release?: () => Promise<void>;
  };
  /** How often it looks whether its socket is still there, and whether those who call still may; 2 s unless given. */
  readonly lookMs?: number;
}

/** Who may use the API, how much, and where it is written down. */
export interface ApiAccess {
  readonly current: () => Access | undefined;
  readonly audit?: AuditLog;
  readonly limits?: CallLimits;
  readonly connections?: ConnectionLimits;
  /** What the kernel says of the process behind a unix socket. */
  readonly peerCredentials?: PeerCredentials;
  /** Unix milliseconds; the machine's clock unless given. */
  readonly wall?: () => number;
}

/** The services of ours. */
const ownServices = [
  "vipward.v1.AgentService",
  "vipward.v1.BalancerService",
  "vipward.v1.CertificateService",
  "vipward.v1.CheckerService",
  "vipward.v1.ConfigService",
  "vipward.v1.OverrideService",
  "vipward.v1.StateService",
  "vipward.v1.VrrpService",
] as const;
const standardServices = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
] as const;

/** A whole configuration may be large: thousands of real servers. */
const largestMessage = 64 * 1024 * 1024;

/** What goes to many watchers is encoded once, and as much as there is at a time. */
const framedWatch = framedMessages(StateServiceService.watchState.path, framedResponses);

/** A client that is gone is noticed, and one connection does not take everything. */
const serverOptions = {
  "grpc.max_receive_message_length": largestMessage,
  "grpc.max_concurrent_streams": 4000,
  "grpc.keepalive_time_ms": 60_000,
  "grpc.keepalive_timeout_ms": 20_000,
} as const;

/** The API on a unix socket, from `start` until `stop`. */
export class ApiServer {
  /** Where it listens. */
  readonly socketPath: string;
  readonly #log: Log;
  readonly #server: Server;
  readonly #tcp: ApiServerOptions["tcp"];
  #tcpPort: number | undefined;
  readonly #door: Door;
  readonly #lookMs: number;
  #looking: ReturnType<typeof setInterval> | undefined;
  #isListeningAgain = false;

  constructor({ agent, runtimeDirectory, log, access, tcp, lookMs = 2000 }: ApiServerOptions) {
    this.#door = new Door(doorOptions(access, log));
    const options = { ...serverOptions, interceptors: [framedWatch, this.#door.interceptor] };
    this.#server = limitedServer(options, access?.connections ?? defaultConnectionLimits, log);
    this.#tcp = tcp;
    this.#lookMs = lookMs;
    this.socketPath = socketPathIn(runtimeDirectory);
    this.#log = log;
    const services = [...ownServices, ...standardServices];
    const reflection = reflectionService(lazyDescriptors(), services);
    this.#server.addService(AgentServiceService, agentService(agent, log));
    this.#server.addService(ConfigServiceService, configService(agent, log));
    this.#server.addService(StateServiceService, stateService(agent, log));
    this.#server.addService(VrrpServiceService, vrrpService(agent, log));
    this.#server.addService(BalancerServiceService, balancerService(agent, log));
    this.#server.addService(CheckerServiceService, checkerService(agent, log));
    this.#server.addService(CertificateServiceService, certificateService(agent, log));
    this.#server.addService(OverrideServiceService, overrideService(agent, log));
    this.#server.addService(HealthService, healthService(agent.health, ownServices, log));
    this.#server.addService(ServerReflectionService, reflection);
    this.#server.addService(ServerReflectionAlphaService, reflection);
  }

  /** Listens, 0660, until `stop`, also when the socket file is removed under it. A socket file that nobody answers on is replaced; where somebody does, this throws ListenError. */
  async start(): Promise<void> {
    await this.#listen();
    this.#log.info("api-listening", { socket: this.socketPath });
    await this.#listenOnTcp();
    this.#looking = setInterval(() => {
      this.#listenAgain();
      this.#door.look();
    }, this.#lookMs);
  }

  /** The TCP port that it listens on; undefined: none. */
  get tcpPort(): number | undefined {
    return this.#tcpPort;
  }

  async #listenOnTcp(): Promise<void> {
    if (this.#tcp === undefined) return;
    const { address, endpoint, release } = this.#tcp;
    await release?.();
    try {
      this.#tcpPort = await this.#bind(address, endpoint.credentials);
    } catch (thrown) {
      throw cannotListen(address, thrown);
    }
    this.#log.info("api-listening", { address, port: this.#tcpPort, tls: "mutual" });
  }

  async #listen(): Promise<void> {
    const { socketPath } = this;
    mkdirSync(dirname(socketPath), { recursive: true, mode: 0o750 });
    await makeRoom(socketPath);
    // The file must not be open to others even for the moment between bind and chmod.
    const umask = process.umask(0o117);
    try {
      await this.#bind(`unix:${socketPath}`);
      chmodSync(socketPath, 0o660);
    } catch (thrown) {
      throw new ListenError(`cannot listen on ${socketPath}: ${messageOf(thrown)}`, { cause: thrown });
    } finally {
      process.umask(umask);
    }
  }

  /** A runtime directory may be emptied under a running agent: then nobody could reach it any more. */
  #listenAgain(): void {
    if (existsSync(this.socketPath) || this.#isListeningAgain) return;
    this.#log.warn("api-socket-lost", { socket: this.socketPath, why: "the file was removed; it is made again" });
    this.#server.unbind(`unix:${this.socketPath}`);
    this.#isListeningAgain = true;
    this.#listen()
      .catch((thrown) => this.#log.error("api-not-listening", { problem: messageOf(thrown) }))
      .finally(() => {
        this.#isListeningAgain = false;
      });
  }

  /** Lets calls that are going on end, for so long, then cuts them off. */
  async stop(graceMs = 2000): Promise<void> {
    clearInterval(this.#looking);
    this.#tcp?.endpoint.close();
    const ended = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    const cut = setTimeout(() => this.#server.forceShutdown(), graceMs);
    await ended;
    clearTimeout(cut);
    this.#door.close();
  }

  #bind(address: string, credentials: ServerCredentials = ServerCredentials.createInsecure()): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
    });
  }
}

function doorOptions(access: ApiAccess | undefined, log: Log): DoorOptions {
  return {
    access: access?.current ?? (() => undefined),
    ownUid: process.getuid?.() ?? 0,
    callerOf: callerFinder(access?.peerCredentials),
    accounts: new CallAccounts(access?.limits ?? defaultLimits, () => performance.now()),
    ...(access?.audit !== undefined && { audit: access.audit }),
    log,
    wall: access?.wall ?? Date.now,
  };
}

/** The socket of the agent with this runtime directory. */
export function socketPathIn(runtimeDirectory: string): string {
  return join(runtimeDirectory, "vipward.sock");
}

/** The agent that answers in a runtime directory, for people: its socket and, where it tells, its process id. Undefined when none does. */
export async function agentAt(runtimeDirectory: string): Promise<string | undefined> {
  const socketPath = socketPathIn(runtimeDirectory);
  if (!socketExists(socketPath) || !(await answers(socketPath))) return undefined;
  const pid = await pidOfAgent(socketPath);
  return pid === undefined ? socketPath : `${socketPath} (pid ${pid})`;
}

/** The embedded descriptors, read when they are first asked for. */
function lazyDescriptors(): () => DescriptorSet {
  let set: DescriptorSet | undefined;
  return () => {
    set ??= readDescriptorSet(readFileSync(descriptorPath));
    return set;
  };
}

async function makeRoom(socketPath: string): Promise<void> {
  const other = await agentAt(dirname(socketPath));
  if (other !== undefined)
    throw new ListenError(`another agent answers on ${other}: stop it, or choose another --runtime-dir`);
  rmSync(socketPath, { force: true });
}

function socketExists(path: string): boolean {
  try {
    if (lstatSync(path).isSocket()) return true;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return false;
    throw new ListenError(`cannot look at ${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
  throw new ListenError(`${path} is there and is not a socket: remove it, or choose another --runtime-dir`);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", (error) => end(codeOf(error) !== "ECONNREFUSED" && codeOf(error) !== "ENOENT"));
  });
}

function pidOfAgent(path: string): Promise<number | undefined> {
  const client = new AgentServiceClient(`unix:${path}`, credentials.createInsecure());
  return new Promise((resolve) => {
    client.waitForReady(Date.now() + 1000, (unready) => {
      if (unready) return end(undefined);
      client.getInfo({}, (_, response) =>
        end(response?.processes.find(({ role }) => role === ProcessRole.PROCESS_ROLE_CONTROL)?.pid),
      );
    });
    const end = (pid: number | undefined) => {
      client.close();
      resolve(pid === 0 ? undefined : pid);
    };
  });
}
