// Who may do what: rights by role, roles by identity, and for each call of the API the right that it needs. What is not allowed is denied.

import type { Caller } from "./caller.ts";

/** What a call needs. */
export type Right = "read" | "operate" | "configure" | "administer";

/** The roles. An identity may have several. */
export const roles = ["viewer", "operator", "config-writer", "admin"] as const;
export type Role = (typeof roles)[number];

const rights: Readonly<Record<Role, readonly Right[]>> = {
  viewer: ["read"],
  operator: ["read", "operate"],
  "config-writer": ["read", "configure"],
  admin: ["read", "operate", "configure", "administer"],
};

/** One rule: these identities have these roles. */
export interface AccessRule {
  readonly roles: readonly Role[];
  /** "spiffe://…" (or another URI), "dns:NAME", "unix-user:NAME", "unix-group:NAME"; one * at the end stands for anything. */
  readonly identities: readonly string[];
  /** The virtual servers that may be changed: names or keys with * for anything, or prefixes of addresses ("10.9.0.0/24"). All unless given. */
  readonly virtualServers?: readonly string[];
}

/** The rules, and the certificates that count no more (SHA-256, hex). */
export interface Access {
  readonly rules: readonly AccessRule[];
  readonly revoked: readonly string[];
  /** The directories below which whoever is no admin may name files of the director; the usual ones unless given. */
  readonly files?: readonly string[];
}

/** The virtual servers that may be changed by a right; undefined: whatever there is. */
export type Scope = readonly string[] | undefined;

/** What a caller may do: each right with its own scope, since who may read everything may still change little. */
export type Grant = ReadonlyMap<Right, Scope>;

const everything: Grant = new Map(rights.admin.map((right) => [right, undefined]));
const nothing: Grant = new Map();

/**
 * What a caller may do by these rules. Where there are none, whoever can open the unix socket may do everything: its permissions are the
 * rule. The superuser and the agent's own user always may: they could change the rules. Certificates without a rule may do nothing.
 */
export function grantOf(access: Access | undefined, caller: Caller, ownUid: number): Grant {
  if (caller.kind !== "certificate" && access === undefined) return everything;
  if (caller.kind === "certificate" && isRevoked(access, caller.fingerprint)) return nothing;
  if (caller.kind === "process" && (caller.uid === 0 || caller.uid === ownUid)) return everything;
  const names = identitiesOf(caller);
  const matching = (access?.rules ?? []).filter(({ identities }) =>
    identities.some((one) => names.some((name) => matches(one, name))),
  );
  const grant = new Map<Right, Scope>();
  for (const { roles: named, virtualServers } of matching)
    for (const right of new Set(named.flatMap((role) => rights[role])))
      grant.set(right, grant.has(right) ? together(grant.get(right), virtualServers) : virtualServers);
  return grant;
}

function together(one: Scope, other: Scope): Scope {
  return one === undefined || other === undefined ? undefined : [...one, ...other];
}

function isRevoked(access: Access | undefined, fingerprint: string): boolean {
  const plain = (text: string) => text.replaceAll(":", "").toLowerCase();
  return access?.revoked.some((one) => plain(one) === plain(fingerprint)) ?? false;
}

function identitiesOf(caller: Caller): readonly string[] {
  switch (caller.kind) {
    case "certificate":
      return caller.names;
    case "process":
      return [
        ...(caller.user === undefined ? [] : [`unix-user:${caller.user}`]),
        ...caller.groups.map((group) => `unix-group:${group}`),
      ];
    case "unknown":
      return [];
  }
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** The right that each call needs. A test holds this against everything that is served. */
export const neededRights: Readonly<Record<string, Right>> = {
  "/vipward.v1.ConfigService/GetConfig": "read",
  "/vipward.v1.ConfigService/DownloadConfig": "read",
  "/vipward.v1.ConfigService/ValidateConfig": "read",
  "/vipward.v1.ConfigService/PlanConfig": "read",
  "/vipward.v1.ConfigService/ListRevisions": "read",
  "/vipward.v1.ConfigService/DiffRevisions": "read",
  "/vipward.v1.ConfigService/ApplyConfig": "configure",
  "/vipward.v1.ConfigService/ConfirmConfig": "configure",
  "/vipward.v1.ConfigService/CancelConfig": "configure",
  "/vipward.v1.ConfigService/RollbackConfig": "configure",
  "/vipward.v1.ConfigService/PrepareConfig": "configure",
  "/vipward.v1.ConfigService/AbortConfig": "configure",
  "/vipward.v1.ConfigService/UploadConfig": "configure",
  "/vipward.v1.StateService/GetState": "read",
  "/vipward.v1.StateService/ListEvents": "read",
  "/vipward.v1.StateService/WatchState": "read",
  "/vipward.v1.StateService/ListConnections": "read",
  "/vipward.v1.VrrpService/TransferMastership": "operate",
  "/vipward.v1.VrrpService/SetPriorityOverride": "operate",
  "/vipward.v1.VrrpService/Announce": "operate",
  "/vipward.v1.BalancerService/SetWeightOverride": "operate",
  "/vipward.v1.BalancerService/Drain": "operate",
  "/vipward.v1.BalancerService/Undrain": "operate",
  "/vipward.v1.BalancerService/Reconcile": "operate",
  "/vipward.v1.CheckerService/PauseChecker": "operate",
  "/vipward.v1.CheckerService/Explain": "read",
  "/vipward.v1.CheckerService/RunChecker": "operate",
  "/vipward.v1.CertificateService/GetCertificate": "read",
  "/vipward.v1.CertificateService/RotateCertificate": "administer",
  "/vipward.v1.CertificateService/ConfirmCertificate": "administer",
  "/vipward.v1.CertificateService/CancelCertificate": "administer",
  "/vipward.v1.OverrideService/ListOverrides": "read",
  "/vipward.v1.OverrideService/ClearOverride": "operate",
  "/vipward.v1.AgentService/GetInfo": "read",
  "/vipward.v1.AgentService/Doctor": "read",
  "/vipward.v1.AgentService/SetLogLevel": "operate",
  "/vipward.v1.AgentService/Stop": "administer",
  "/grpc.health.v1.Health/Check": "read",
  "/grpc.health.v1.Health/List": "read",
  "/grpc.health.v1.Health/Watch": "read",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": "read",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": "read",
};

/** Calls that change nothing although they need more than reading, or only touch memory, are not audited when they succeed. */
export function isAudited(path: string): boolean {
  return neededRights[path] !== "read";
}
