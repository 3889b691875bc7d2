// The access to the API as the server takes it, of what was prepared (prepare-access.ts): the rules and TCP with its certificates, both taken
// anew when they change, and the audit log.

import { join } from "node:path";
import type { Log } from "../../base/log.ts";
import type { ReportEvent } from "../../events/event.ts";
import { peerCredentials } from "../../kernel/linux/native.ts";
import type { ApiAccess, ApiServerOptions } from "../server.ts";
import { readAccessFile } from "./access-file.ts";
import { AuditLog } from "./audit.ts";
import type { ServedCertificate } from "./certificates.ts";
import type { Access } from "./policy.ts";
import type { PreparedAccess } from "./prepare-access.ts";
import { Rotation } from "./rotation.ts";
import { TlsEndpoint } from "./tls-endpoint.ts";

/** What was prepared, and whom to tell. */
export interface AccessOptions {
  readonly prepared: PreparedAccess;
  readonly options: { readonly stateDirectory: string; readonly accessFile?: string };
  readonly report: ReportEvent;
  readonly log: Log;
}

/** The name of the audit log in the state folder. */
export const auditFile = "audit.jsonl";

/** Makes of it what the server needs. */
export function openAccess({ prepared, options, report, log }: AccessOptions): {
  readonly access: ApiAccess;
  readonly tcp: ApiServerOptions["tcp"];
  readonly certificate: ServedCertificate | undefined;
  readonly reload: () => void;
} {
  let { rules } = prepared;
  const tcp = openTcp({ prepared, report, log });
  const audit = new AuditLog(join(options.stateDirectory, auditFile), log);
  const reload = () => {
    tcp?.endpoint.look();
    rules = nextRules(options.accessFile, rules, log);
  };
  const certificate = tcp && {
    endpoint: tcp.endpoint,
    rotation: new Rotation({ endpoint: tcp.endpoint, report, log, wall: Date.now }),
  };
  return { access: { current: () => rules, audit, peerCredentials }, tcp, certificate, reload };
}

function openTcp({ prepared: { tcp }, report, log }: Omit<AccessOptions, "options">): ApiServerOptions["tcp"] {
  if (tcp === undefined) return undefined;
  const endpoint = TlsEndpoint.open({ paths: tcp.paths, report, log, wall: Date.now });
  return { address: tcp.address, endpoint, release: () => tcp.release() };
}

function nextRules(file: string | undefined, before: Access | undefined, log: Log) {
  if (file === undefined) return before;
  const read = readAccessFile(file);
  if (!read.ok) log.error("access-not-reloaded", { file, problem: read.error.join("; ") });
  return read.ok ? read.value : before;
}
