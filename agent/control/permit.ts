// What must hold before a change begins, besides that its configuration is right: its controller is the current one, no other change is prepared
// or waits to be confirmed, and no guard is exceeded.

import type { VirtualServerView } from "../balancer/view.ts";
import { filesElsewhere } from "./access/named-files.ts";
import { outsideScope } from "./access/scope.ts";
import type { Confirmations } from "./confirmation/confirmations.ts";
import { expectCurrentController } from "./fencing.ts";
import { exceededGuards, type HealthyOf } from "./guards.ts";
import type { Preparations } from "./preparations.ts";
import { Refused } from "./refused.ts";
import type { Change, TransactionOptions } from "./transaction-options.ts";

/** What is looked at. */
export interface PermitParts {
  readonly store: Parameters<typeof expectCurrentController>[0];
  readonly preparations: Pick<Preparations, "permit">;
  readonly confirmations: Pick<Confirmations, "permit">;
  /** The virtual servers as they are now. */
  readonly virtualServers: () => Promise<readonly VirtualServerView[]>;
}

/** The permission of changes. */
export function permitChanges(parts: PermitParts): NonNullable<TransactionOptions["permit"]> {
  return async (change) => {
    expectCurrentController(parts.store, change.request.controller);
    parts.preparations.permit(change.request);
    expectInScope(change);
    expectFilesInPlace(change);
    const confirmation = parts.confirmations.permit(change.request, change.baseRevision);
    // What goes back has been here before, and must not be held up.
    if (change.request.source.kind === "api" && change.request.settles === undefined)
      await expectWithinGuards(change, parts);
    return confirmation;
  };
}

function expectInScope({ request, before, after }: Change): void {
  if (request.scope === undefined) return;
  const fields = outsideScope(before.settings, after.settings, request.scope);
  if (fields.length > 0) throw new Refused({ kind: "outside-scope", fields });
}

function expectFilesInPlace({ request: { files: directories }, before, after }: Change): void {
  if (directories === undefined) return;
  const files = filesElsewhere(before.settings, after.settings, directories);
  if (files.length > 0) throw new Refused({ kind: "file-not-permitted", files, directories });
}

async function expectWithinGuards({ request, before, after }: Change, { virtualServers }: PermitParts): Promise<void> {
  const { guards = { overrides: [] }, localAddress } = request;
  const change = {
    before: before.model,
    after: after.model,
    wish: guards,
    ...(localAddress !== undefined && { localAddress }),
  };
  const exceeded = await exceededGuards(change, async () => healthyIn(await virtualServers()));
  if (exceeded.length > 0) throw new Refused({ kind: "guard-exceeded", exceeded });
}

function healthyIn(virtualServers: readonly VirtualServerView[]): HealthyOf {
  const servers = new Map(virtualServers.map((server) => [server.name, server]));
  return (name) =>
    servers
      .get(name)
      ?.realServers.filter(({ up }) => up)
      .map((realServer) => realServer.name);
}
