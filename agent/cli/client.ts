// The command line as a client of the API, like any other: finds the socket, calls, and says in an operator's words why a call failed.

import { accessSync, constants } from "node:fs";
import {
  type ChannelCredentials,
  credentials,
  InterceptingCall,
  type Interceptor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { type Command, Option } from "commander";
import { codeOf } from "../base/errors.ts";
import { detailsKey } from "../control/errors.ts";
import { BadRequest, ErrorInfo, PreconditionFailure } from "../control/gen/google/rpc/error_details.pb.ts";
import { Status } from "../control/gen/google/rpc/status.pb.ts";
import { AgentServiceClient } from "../control/gen/vipward/v1/agent_service.pb.ts";
import { BalancerServiceClient } from "../control/gen/vipward/v1/balancer_service.pb.ts";
import { CertificateServiceClient } from "../control/gen/vipward/v1/certificate_service.pb.ts";
import { CheckerServiceClient } from "../control/gen/vipward/v1/checker_service.pb.ts";
import { ConfigServiceClient } from "../control/gen/vipward/v1/config_service.pb.ts";
import { OverrideServiceClient } from "../control/gen/vipward/v1/override_service.pb.ts";
import { StateServiceClient } from "../control/gen/vipward/v1/state_service.pb.ts";
import { VrrpServiceClient } from "../control/gen/vipward/v1/vrrp_service.pb.ts";
import { CliError, type ExitCode } from "./io.ts";
import type { TargetWords } from "./target-words.ts";
import { tlsTarget } from "./tls-target.ts";

/** Gives a command the options that say which agent it talks to. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(new Option("--target <address>", "the agent: unix:///run/vipward/vipward.sock, or HOST:PORT with TLS"))
    .option("--tls-ca <file>", "the authority of the agent's certificate, PEM")
    .option("--tls-cert <file>", "your certificate, PEM")
    .option("--tls-key <file>", "the key of that certificate, PEM")
    .addOption(new Option("--runtime-dir <directory>", "the folder of that socket").default("/run/vipward"))
    .addOption(
      new Option(
        "--timeout <seconds>",
        "how long to wait for an answer (default: 10; 60 to plan, apply or stop)",
      ).argParser(timeoutSeconds),
    );
}

/** The services of one agent. */
export interface AgentClients {
  readonly config: ConfigServiceClient;
  readonly state: StateServiceClient;
  readonly agent: AgentServiceClient;
  readonly vrrp: VrrpServiceClient;
  readonly balancer: BalancerServiceClient;
  readonly certificate: CertificateServiceClient;
  readonly checker: CheckerServiceClient;
  readonly override: OverrideServiceClient;
  /** Makes an error of a call a sentence and an exit code. */
  readonly explain: (error: ServiceError) => CliError;
  /** What there is to say when a stream does not begin in time. */
  readonly noAnswer: () => CliError;
  /** How long a stream may take to begin. */
  readonly greetingLimitMs: number;
}

/** Calls the agent and closes the connection afterwards, however the calls end. */
export async function withAgent<T>(words: TargetWords, use: (clients: AgentClients) => Promise<T>): Promise<T> {
  const tls = tlsTarget(words);
  const path = tls?.address ?? socketPath(words);
  if (tls === undefined) expectSocket(path);
  const options = {
    "grpc.max_receive_message_length": 256 * 1024 * 1024,
    // Each command connects for itself: what is proven by a connection must not be another's.
    "grpc.use_local_subchannel_pool": 1,
    interceptors: [withDeadline(words)],
    ...tls?.options,
  };
  const make = <Client>(Service: new (address: string, how: ChannelCredentials, options: object) => Client) =>
    new Service(tls?.address ?? `unix:${path}`, tls?.credentials ?? credentials.createInsecure(), options);
  const clients = {
    config: make(ConfigServiceClient),
    state: make(StateServiceClient),
    agent: make(AgentServiceClient),
    vrrp: make(VrrpServiceClient),
    balancer: make(BalancerServiceClient),
    certificate: make(CertificateServiceClient),
    checker: make(CheckerServiceClient),
    override: make(OverrideServiceClient),
    explain: (error: ServiceError) => explain(error, path),
    noAnswer: () => noAnswer(path),
    greetingLimitMs: limitSeconds(words, "") * 1000,
  };
  try {
    return await use(clients);
  } finally {
    const { config, state, agent, vrrp, balancer, certificate, checker, override } = clients;
    for (const client of [config, state, agent, vrrp, balancer, certificate, checker, override]) client.close();
  }
}

/** The answer of a unary call. */
export function answerOf<T>(
  { explain: toCliError }: Pick<AgentClients, "explain">,
  start: (callback: (error: ServiceError | null, response: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, response) => (error === null ? resolve(response) : reject(toCliError(error))));
  });
}

/** Calls that do something take longer than questions: an apply waits for the kernel, a stop for both children. */
const patientMethods = /\/(?:PlanConfig|ApplyConfig|CancelConfig|ConfirmConfig|RollbackConfig|PrepareConfig|Stop)$/;

function limitSeconds({ timeout }: TargetWords, method: string): number {
  return timeout ?? (patientMethods.test(method) ? 60 : 10);
}

/** Every call with one answer has a deadline, or a stopped agent would hold up whoever asks for ever. Streams may go on for months. */
function withDeadline(words: TargetWords): Interceptor {
  return (options, next) => {
    const { path, responseStream } = options.method_definition;
    const deadline = Date.now() + limitSeconds(words, path) * 1000;
    return new InterceptingCall(next(responseStream ? options : { ...options, deadline }));
  };
}

function timeoutSeconds(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 86_400) return value;
  throw new CliError(2, `--timeout ${JSON.stringify(text)} is not allowed, expected 0.1 to 86400 seconds`);
}

function noAnswer(path: string): CliError {
  return new CliError(
    3,
    `the agent at ${path} does not answer: its control process hangs or is very busy; see its log`,
  );
}

function socketPath({ target, runtimeDir }: TargetWords): string {
  if (target === undefined) return `${runtimeDir}/vipward.sock`;
  const match = /^unix:(?:\/\/)?(\/.+)$/.exec(target);
  if (match?.[1] !== undefined) return match[1];
  throw new CliError(2, `--target ${JSON.stringify(target)} is not known here, expected unix:///PATH or HOST:PORT`);
}

function expectSocket(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (thrown) {
    throw unreachable(path, codeOf(thrown) ?? "");
  }
}

function unreachable(path: string, code: string): CliError {
  if (code === "EACCES" || code === "EPERM")
    return new CliError(4, `not permitted to use ${path}: run this as root or as a member of the socket's group`);
  const why = code === "ENOENT" ? "there is no such socket" : "nobody answers";
  const remedy = "start it with vipward run, or say where it is with --runtime-dir or --target";
  return new CliError(3, `cannot reach the agent at ${path}: ${why}: ${remedy}`);
}

const exitCodes: Readonly<Partial<Record<status, ExitCode>>> = {
  [status.INVALID_ARGUMENT]: 2,
  [status.PERMISSION_DENIED]: 4,
  [status.UNAUTHENTICATED]: 4,
};

function explain(error: ServiceError, path: string): CliError {
  const details = detailsOf(error);
  if (error.code === status.DEADLINE_EXCEEDED && details === undefined) return noAnswer(path);
  if (error.code === status.UNAVAILABLE && details === undefined)
    return unreachable(path, /\b(E[A-Z]{3,})\b/.exec(error.details)?.[1] ?? "");
  if (error.code === status.UNIMPLEMENTED)
    return new CliError(1, `the agent at ${path} is of another version and does not know this call`);
  const lines = details?.violations ?? [];
  const text = lines.length === 0 ? error.details : [firstWords(error.details), ...lines].join("\n  ");
  return new CliError(exitCodes[error.code] ?? 1, text, { cause: error });
}

/** What stands before the list of problems, which follow one a line. */
function firstWords(text: string): string {
  return /^(?:nothing was changed|the configuration has \d+ problems?)(?=:)/.exec(text)?.[0] ?? text;
}

function detailsOf(
  error: ServiceError,
): { readonly reason: string; readonly violations: readonly string[] } | undefined {
  const [bytes] = error.metadata.get(detailsKey);
  if (!(bytes instanceof Buffer)) return undefined;
  const { details } = Status.decode(bytes);
  const find = (name: string) => details.find(({ typeUrl }) => typeUrl.endsWith(`/google.rpc.${name}`))?.value;
  const [info, bad, unmet] = [find("ErrorInfo"), find("BadRequest"), find("PreconditionFailure")];
  if (info === undefined) return undefined;
  const { reason, metadata } = ErrorInfo.decode(info);
  const omitted = metadata.omitted === undefined ? [] : [`and ${metadata.omitted} more`];
  return { reason, violations: [...fieldLines(bad), ...preconditionLines(reason, unmet), ...omitted] };
}

function fieldLines(bytes: Buffer | undefined): readonly string[] {
  if (bytes === undefined) return [];
  return BadRequest.decode(bytes).fieldViolations.map(({ field, description }) => `${field}: ${description}`);
}

function preconditionLines(reason: string, bytes: Buffer | undefined): readonly string[] {
  if (bytes === undefined || reason !== "KERNEL_REFUSED") return [];
  return PreconditionFailure.decode(bytes).violations.map(({ description }) => description);
}
