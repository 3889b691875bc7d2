// What `vipward run` was told about who may use the API: the access file, TCP with its certificates, and the audit log.

import { join } from "node:path";
import type { Log } from "../../base/log.ts";
import type { ReportEvent } from "../../events/event.ts";
import { peerCredentials } from "../../kernel/linux/native.ts";
import { ListenError } from "../listen-error.ts";
import type { ApiAccess, ApiServerOptions } from "../server.ts";
import { readAccessFile } from "./access-file.ts";
import { AuditLog } from "./audit.ts";
import type { Access } from "./policy.ts";
import { TlsEndpoint } from "./tls-endpoint.ts";

/** What was told, and whom to tell. */
export interface AccessOptions {
  readonly options: {
    readonly stateDirectory: string;
    readonly listen?: string;
    readonly tlsCert?: string;
    readonly tlsKey?: string;
    readonly tlsClientCa?: string;
    readonly accessFile?: string;
  };
  readonly report: ReportEvent;
  readonly log: Log;
}

/** The name of the audit log in the state folder. */
export const auditFile = "audit.jsonl";

/** Makes of it what the server needs. Throws ListenError where something is missing or wrong. */
export function openAccess({ options, report, log }: AccessOptions): {
  readonly access: ApiAccess;
  readonly tcp: ApiServerOptions["tcp"];
  readonly reload: () => void;
} {
  let rules = firstRules(options.accessFile);
  const tcp = openTcp({ options, report, log });
  const audit = new AuditLog(join(options.stateDirectory, auditFile), log);
  const reload = () => {
    tcp?.endpoint.look();
    rules = nextRules(options.accessFile, rules, log);
  };
  return { access: { current: () => rules, audit, peerCredentials }, tcp, reload };
}

function openTcp({ options, report, log }: AccessOptions): ApiServerOptions["tcp"] {
  const { listen: address, tlsCert: cert, tlsKey: key, tlsClientCa: clientCa } = options;
  if (address === undefined) return undefined;
  if (!/^(\[[0-9a-fA-F:.]+\]|[^:\s]+):\d{1,5}$/.test(address))
    throw new ListenError(`--listen ${JSON.stringify(address)} is not understood, expected ADDRESS:PORT`);
  if (cert === undefined || key === undefined || clientCa === undefined)
    throw new ListenError(
      "--listen needs --tls-cert, --tls-key and --tls-client-ca: TCP is served with mutual TLS only",
    );
  try {
    const endpoint = TlsEndpoint.open({ paths: { cert, key, clientCa }, report, log, wall: Date.now });
    return { address, endpoint };
  } catch (thrown) {
    throw new ListenError(`cannot serve ${address}: ${(thrown as Error).message}`, { cause: thrown });
  }
}

function firstRules(file: string | undefined): Access | undefined {
  if (file === undefined) return undefined;
  const read = readAccessFile(file);
  if (read.ok) return read.value;
  throw new ListenError(`the access file ${file} is wrong: ${read.error.join("; ")}`);
}

function nextRules(file: string | undefined, before: Access | undefined, log: Log) {
  if (file === undefined) return before;
  const read = readAccessFile(file);
  if (!read.ok) log.error("access-not-reloaded", { file, problem: read.error.join("; ") });
  return read.ok ? read.value : before;
}
