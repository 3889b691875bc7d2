// Errors as people see them: one file for each documented reason, as grpcurl prints it. A new way to be refused has no sample until it is in the
// table below, a new reason no file until it was read and written to errors/, and none is documented that does not exist.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createFileRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { AnySchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import type { Confirmation } from "../../agent/control/confirmation/confirmation.ts";
import { detailsKey, internalError, overflowError, type RpcError, refusalError } from "../../agent/control/errors.ts";
import { Any } from "../../agent/control/gen/google/protobuf/any.pb.ts";
import { Status } from "../../agent/control/gen/google/rpc/status.pb.ts";
import type { Refusal } from "../../agent/control/words/refusal.ts";
import { noon, schedulerMissing } from "./memory-agent.ts";

const root = join(import.meta.dir, "../..");
const folder = join(import.meta.dir, "errors");
const descriptors = readFileSync(join(root, "agent/control/gen/api.binpb"));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));

const confirmation: Confirmation = {
  ...{ id: "change-7", revision: 7, baseRevision: 6, author: "alice", startedAt: noon },
  ...{ deadline: noon + 600_000, outcome: "pending" },
};
const failure = { ...schedulerMissing, phase: "checkers" } as const;

/** Refusals of each kind, one for each reason that the kind has. */
const samples: { readonly [K in Refusal["kind"]]: readonly Extract<Refusal, { kind: K }>[] } = {
  "invalid-configuration": [
    {
      kind: "invalid-configuration",
      issues: [
        {
          ...{ severity: "error", path: "virtual_servers[0].scheduler", message: '"wrrr" is not known here' },
          ...{ expected: "one of rr, wrr, lc", suggestion: "wrr" },
        },
        { severity: "error", path: "vrrp_instances[0].priority", message: "300 is too large" },
      ],
    },
  ],
  "invalid-argument": [
    { kind: "invalid-argument", field: "priority", message: "300 is not allowed, expected 1 to 254" },
  ],
  "request-id-reused": [{ kind: "request-id-reused", requestId: "push-1" }],
  "revision-not-found": [{ kind: "revision-not-found", revision: 7 }],
  "no-configuration": [{ kind: "no-configuration" }],
  "revision-mismatch": [{ kind: "revision-mismatch", expected: 6, actual: 7 }],
  "revision-lost": [{ kind: "revision-lost", expected: 6, actual: 7 }],
  "plan-changed": [{ kind: "plan-changed", expected: "aa11", actual: "bb22" }],
  "confirmation-pending": [{ kind: "confirmation-pending", confirmation }],
  "confirmation-ended": [{ kind: "confirmation-ended", confirmation: { ...confirmation, outcome: "expired" } }],
  "confirmation-not-found": [{ kind: "confirmation-not-found", id: "change-8" }],
  "confirmation-id-reused": [{ kind: "confirmation-id-reused", id: "change-7" }],
  "not-permitted": [
    {
      ...{ kind: "not-permitted", caller: "spiffe://fleet/viewer", call: "/vipward.v1.AgentService/Stop" },
      right: "administer",
    } as const,
  ],
  "file-not-permitted": [
    {
      kind: "file-not-permitted",
      files: [{ path: "notifications.mail.password_file", file: "/etc/shadow" }],
      directories: ["/etc/vipward", "/run/credentials"],
    },
  ],
  "outside-scope": [{ kind: "outside-scope", fields: ["virtual_servers[tcp 10.9.0.7:80]"] }],
  "limit-exceeded": [{ kind: "limit-exceeded", caller: "spiffe://fleet/a", limit: "rate", retryMs: 2 }],
  "certificate-refused": (
    ["TLS_NOT_SERVED", "CERTIFICATE_ON_TRIAL", "CERTIFICATE_NOT_PROVEN", "NO_CERTIFICATE_ON_TRIAL"] as const
  ).map((reason) => ({ kind: "certificate-refused", reason })),
  "object-not-found": [{ kind: "object-not-found", object: "VRRP instance web" }],
  "stale-controller": [{ kind: "stale-controller", role: "fleet", epoch: 3, current: 4 }],
  "configuration-prepared": [{ kind: "configuration-prepared", expiresAt: noon + 60_000 }],
  "preparation-not-found": [{ kind: "preparation-not-found", token: "t" }],
  "upload-not-found": [{ kind: "upload-not-found", id: "ab12" }],
  "guard-exceeded": [
    {
      kind: "guard-exceeded",
      exceeded: [
        {
          ...{ guard: "max_removed_virtual_servers", subject: "virtual servers" },
          description: "11 virtual servers would be removed, at most 10 may",
        },
      ],
    },
  ],
  "kernel-refused": [{ kind: "kernel-refused", failures: [failure] }],
  "child-unavailable": [{ kind: "child-unavailable", phase: "vrrp", message: "the vrrp process does not answer" }],
  "store-failed": [
    { kind: "store-failed", full: false, message: "the store cannot be written: EIO" },
    { kind: "store-failed", full: true, message: "the disk of the store is full" },
  ],
  "rollback-failed": [{ kind: "rollback-failed", cause: "the vrrp process does not answer", failures: [failure] }],
  stopping: [{ kind: "stopping" }],
};

const errors: readonly RpcError[] = [
  ...Object.values(samples).flatMap((refusals: readonly Refusal[]) => refusals.map(refusalError)),
  overflowError(42),
  internalError("6f1c"),
];

function detailsOf(error: RpcError): readonly Any[] {
  const [bytes] = error.metadata?.get(detailsKey) ?? [];
  if (!(bytes instanceof Buffer)) throw new Error("an error without details");
  return Status.decode(bytes).details;
}

function jsonOf(detail: Any): string {
  const any = fromBinary(AnySchema, Any.encode(detail).finish());
  const { "@type": type, ...fields } = toJson(AnySchema, any, { registry }) as { "@type": string };
  return JSON.stringify({ "@type": type, ...fields }, undefined, 2);
}

function reasonOf(error: RpcError): string {
  const reasons = detailsOf(error).map((detail) => JSON.parse(jsonOf(detail)) as { "@type": string; reason?: string });
  return reasons.find((detail) => detail["@type"].endsWith("ErrorInfo"))?.reason ?? "none";
}

/** What grpcurl prints to stderr: code in camel case, message, and each detail as JSON, indented below its number. */
function asGrpcurl(error: RpcError): string {
  const word = (status[error.code] ?? "")
    .toLowerCase()
    .replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
  const details = detailsOf(error).map((detail, index) => {
    const [first, ...rest] = jsonOf(detail).split("\n");
    return [`  ${index + 1})\t${first}`, ...rest.map((line) => `    \t${line}`)].join("\n");
  });
  return `ERROR:\n  Code: ${word}\n  Message: ${error.details}\n  Details:\n${details.join("\n")}\n`;
}

describe("the error of reason", () => {
  for (const error of errors)
    test(`${reasonOf(error)} is as it was read`, () => {
      const file = join(folder, reasonOf(error));
      expect(asGrpcurl(error)).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
    });
});

const reasons = errors.map(reasonOf).sort();

test("each reason has one file, and each file a reason", () => {
  expect(reasons).toEqual(readdirSync(folder).sort());
});

test("the table of reasons in proto/README.md has all of them, and no others", () => {
  const text = readFileSync(join(root, "proto/README.md"), "utf8");
  const rows = text.split("\n").filter((line) => /^\| `[A-Z_]+`/.test(line));
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name ?? ""),
  );
  expect(named.sort()).toEqual(reasons);
});

test("no comment of a .proto file names a reason that does not exist", () => {
  const folderOf = join(root, "proto/vipward/v1");
  const texts = readdirSync(folderOf).map((name) =>
    readFileSync(join(folderOf, name), "utf8").replaceAll("\n  //", ""),
  );
  const named = texts.flatMap((text) => [...text.matchAll(/reason ([A-Z_]{4,})/g)].map(([, name]) => name ?? ""));
  expect([...new Set(named)].filter((name) => !reasons.includes(name))).toEqual([]);
});
