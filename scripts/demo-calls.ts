// The foreign gRPC clients of the demo: buf curl, which knows nothing but reflection, and Python's grpcio, which knows the descriptors.

import { join } from "node:path";
import { BadRequest } from "../agent/control/gen/google/rpc/error_details.pb.ts";
import type { Director } from "../test/support/director.ts";
import { jsonLines } from "../test/support/json-lines.ts";
import type { HostProcess } from "../test/support/network.ts";

const root = join(import.meta.dir, "..");

/** What a call came to: the answer, or each field that was refused with the reason. */
export interface Called {
  readonly answer?: Record<string, unknown>;
  readonly code?: string;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
}

/** Calls with buf curl by reflection. */
export function bufCurl(director: Director, method: string, request: unknown): Called {
  const transport = ["--unix-socket", socketOf(director), "--http2-prior-knowledge", "--protocol", "grpc"];
  const { stdout, stderr, exitCode } = Bun.spawnSync(
    [
      ...[join(root, "node_modules/.bin/buf"), "curl", ...transport],
      ...["-d", JSON.stringify(request), `http://localhost/vipward.v1.${method}`],
    ],
    { stdout: "pipe", stderr: "pipe" },
  );
  if (exitCode === 0) return { answer: JSON.parse(stdout.toString()), violations: [] };
  const { code, details = [] } = JSON.parse(stderr.toString()) as Refused;
  return { code, violations: details.flatMap(violationsIn) };
}

interface Refused {
  readonly code: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

function violationsIn({ type, value }: { readonly type: string; readonly value: string }): Called["violations"] {
  if (type !== "google.rpc.BadRequest") return [];
  return BadRequest.decode(Buffer.from(value, "base64")).fieldViolations;
}

/** Calls with Python's grpcio, on the director's host. */
export function pythonCall(director: Director, method: string, request: unknown): Record<string, unknown> {
  return JSON.parse(director.network.run(director.host, python(director, "call", method, JSON.stringify(request))));
}

/** A WatchState stream in Python, and everything that it has heard so far. */
export function pythonWatch(director: Director): { heard(): readonly WatchLine[]; readonly process: HostProcess } {
  const process = director.network.spawn(director.host, python(director, "watch"));
  return { process, heard: () => jsonLines<WatchLine>(process.output()) };
}

/** A WatchStateResponse in protobuf's JSON mapping, as far as it is looked at. */
export interface WatchLine {
  readonly snapshotEnd?: object;
  readonly changed?: { readonly sequence: string; readonly virtualServer?: WatchedServer };
  readonly event?: { readonly configApplied?: { readonly revision: string } };
}

/** A virtual server as a watcher sees it. */
export interface WatchedServer {
  readonly name: string;
  readonly realServers?: readonly { readonly name: string; readonly weight?: number }[];
}

function python(director: Director, ...words: string[]): readonly string[] {
  const fixture = join(root, "test/e2e/python-client-fixture.py");
  return ["/usr/bin/python3", fixture, socketOf(director), join(root, "agent/control/gen/api.binpb"), ...words];
}

function socketOf(director: Director): string {
  return join(director.runtimeDirectory, "vipward.sock");
}
