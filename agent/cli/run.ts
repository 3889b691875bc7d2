// `vipward run`: becomes the agent. Everything that is wrong at start is one sentence and an exit code.

import type { Command } from "commander";
import { Option } from "commander";
import { type LogFormat, type LogLevel, logFormats, logLevels } from "../base/log.ts";

interface RunWords {
  readonly config?: string;
  readonly configId?: string;
  readonly runtimeDir: string;
  readonly stateDir: string;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  readonly allowScripts: boolean;
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly access?: string;
  readonly metrics?: string;
}

/** Adds the command to the program. */
export function addRunCommand(program: Command): void {
  program
    .command("run")
    .description(
      "run the agent in the foreground; it logs to stderr, reads the file again on SIGHUP and stops on SIGTERM",
    )
    .option(
      "-c, --config <file>",
      "keepalived.conf, YAML or JSON, told apart by content; applied when it changed since it was last applied",
    )
    .option(
      "-i, --config-id <id>",
      "what lines of a keepalived.conf that begin with @ are compared with; the host's name unless given",
    )
    .option("--runtime-dir <directory>", "where its sockets are; each agent on a host needs its own", "/run/vipward")
    .option("--state-dir <directory>", "where revisions and events are kept", "/var/lib/vipward")
    .addOption(new Option("--log-format <format>", "how lines are written").choices(logFormats).default("text"))
    .addOption(new Option("--log-level <level>", "the least severe lines to write").choices(logLevels).default("info"))
    .option("--allow-scripts", "run the programs that the configuration names: who may push one may run them", false)
    .option("--listen <address:port>", "also serve the API over TCP, with mutual TLS: 0.0.0.0:7443")
    .option("--tls-cert <file>", "the agent's certificate for it, PEM; read again when it changes")
    .option("--tls-key <file>", "the key of that certificate, PEM")
    .option("--tls-client-ca <file>", "the authorities whose certificates clients must have, PEM")
    .option(
      "--access <file>",
      "who may do what, YAML; read again on SIGHUP. Certificates without a rule may do nothing",
    )
    .option(
      "--metrics <address:port>",
      "also serve /metrics, /healthz and /readyz over plain HTTP, read only: 127.0.0.1:9650",
    )
    .addHelpText("after", "\nExample:\n  vipward run --config /etc/keepalived/keepalived.conf")
    .action(run);
}

function accessOptions({ listen, tlsCert, tlsKey, tlsClientCa, access }: RunWords) {
  return {
    ...(listen !== undefined && { listen }),
    ...(tlsCert !== undefined && { tlsCert }),
    ...(tlsKey !== undefined && { tlsKey }),
    ...(tlsClientCa !== undefined && { tlsClientCa }),
    ...(access !== undefined && { accessFile: access }),
  };
}

async function run(words: RunWords): Promise<void> {
  const { CannotRun, runControl } = await import("../control/process.ts");
  const color = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
  try {
    const exitCode = await runControl({
      configFile: words.config,
      configId: words.configId,
      runtimeDirectory: words.runtimeDir,
      stateDirectory: words.stateDir,
      allowScripts: words.allowScripts,
      ...accessOptions(words),
      ...(words.metrics !== undefined && { metrics: words.metrics }),
      log: { level: words.logLevel, format: words.logFormat, color },
    });
    process.exit(exitCode);
  } catch (thrown) {
    if (!(thrown instanceof CannotRun)) throw thrown;
    process.stderr.write(`vipward: ${thrown.message}\n`);
    process.exit(thrown.exitCode);
  }
}
