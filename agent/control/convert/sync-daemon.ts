import type { SyncDaemon } from "../gen/vipward/v1/sync_daemon.pb.ts";
import { type DocumentObject, present } from "./present.ts";

/** The IPVS sync daemon in a document. */
export function syncDaemonDocument({ interface: link, ...same }: SyncDaemon): DocumentObject {
  return present({ ...same, interface: link === "" ? undefined : link });
}
