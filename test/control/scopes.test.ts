// Scopes: who may change or operate some virtual servers, and what they may not do by it to those of others.

import { describe, expect, test } from "bun:test";
import type { Settings } from "../../agent/config/schema/settings.ts";
import { validateSettings } from "../../agent/config/validate.ts";
import type { Caller } from "../../agent/control/access/caller.ts";
import { type Access, grantOf } from "../../agent/control/access/policy.ts";
import { outsideScope } from "../../agent/control/access/scope.ts";
import { BalancerServiceClient } from "../../agent/control/gen/vipward/v1/balancer_service.pb.ts";
import { CheckerServiceClient } from "../../agent/control/gen/vipward/v1/checker_service.pb.ts";
import { ConfigServiceClient } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { VrrpServiceClient } from "../../agent/control/gen/vipward/v1/vrrp_service.pb.ts";
import { answer, applyRequest, refusal, wireConfig } from "./client.ts";
import { webDocument } from "./documents.ts";
import { Secured } from "./secured.ts";

describe("scopes", () => {
  const server = (address: string, port = 80) => ({ address, port, protocol: "tcp", realServers: [] });

  test("who may change some virtual servers may not change others", async () => {
    await using secured = await Secured.start();
    const client = new ConfigServiceClient(
      secured.address,
      secured.credentials(secured.authority.issue("URI:spiffe://test/team-a")),
    );
    const apply = (...virtualServers: readonly object[]) =>
      answer((callback) => client.applyConfig(applyRequest({ config: wireConfig({ virtualServers }) }), callback));
    await apply(server("10.9.1.7"), server("10.9.0.7", 8080));
    expect(secured.agent.store.running()?.revision.author).toBe("spiffe://test/team-a");
    expect(await refusal(apply(server("10.9.1.7"), server("10.9.0.7", 8080), server("10.9.0.7", 80)))).toMatchObject({
      code: "PERMISSION_DENIED",
      ErrorInfo: { reason: "OUTSIDE_SCOPE", metadata: { fields: "virtual_servers[tcp 10.9.0.7:80]" } },
    });
    await apply(server("10.9.1.7"));
    client.close();
  });

  test("each right has the scope of the rules that give it, not of those that give others", () => {
    const rules: Access = {
      rules: [
        { roles: ["viewer"], identities: ["spiffe://test/*"] },
        { roles: ["operator"], identities: ["spiffe://test/team-a"], virtualServers: ["tcp 10.9.1.1:*"] },
        { roles: ["operator"], identities: ["spiffe://test/team-*"], virtualServers: ["tcp 10.9.2.1:*"] },
      ],
      revoked: [],
    };
    const caller: Caller = { kind: "certificate", names: ["spiffe://test/team-a"], fingerprint: "", from: "" };
    expect([...grantOf(rules, caller, 990)]).toEqual([
      ["read", undefined],
      ["operate", ["tcp 10.9.1.1:*", "tcp 10.9.2.1:*"]],
    ]);
  });

  test("a virtual server of others does not come into the scope by its new name", () => {
    const settings = (...virtualServers: readonly object[]) => {
      const { settings: valid } = validateSettings({ virtualServers });
      if (valid === undefined) throw new Error("not valid");
      return valid;
    };
    const [mine, theirs] = [
      { ...server("10.9.0.1"), name: "team-a-web" },
      { ...server("10.9.0.2"), name: "team-b-web" },
    ];
    const taken = { ...theirs, name: "team-a-more" };
    const outside = (after: Settings) => outsideScope(settings(mine, theirs), after, ["team-a-*"]);
    expect(outside(settings(theirs))).toEqual([]);
    expect(
      outside(settings({ ...mine, scheduler: "rr" }, theirs, { ...server("10.9.0.3"), name: "team-a-3" })),
    ).toEqual([]);
    expect(outside(settings(mine, taken))).toEqual(["virtual_servers[tcp 10.9.0.2:80].name"]);
    expect(outside(settings({ ...mine, name: "team-b-too" }, theirs))).toEqual([
      "virtual_servers[tcp 10.9.0.1:80].name",
    ]);
  });

  test("who may change some virtual servers neither confirms nor cancels a change of others", async () => {
    await using secured = await Secured.start();
    const as = (name: string) =>
      new ConfigServiceClient(
        secured.address,
        secured.credentials(secured.authority.issue(`URI:spiffe://test/${name}`)),
      );
    const [writer, team] = [as("config-writer"), as("team-a")];
    const config = wireConfig({ virtualServers: [server("10.9.0.7")] });
    const confirmation = { id: "theirs", timeout: { seconds: 600n, nanos: 0 } };
    await answer((callback) => writer.applyConfig(applyRequest({ config, confirmation }), callback));
    const wish = { id: "theirs", author: "", controller: undefined };
    const denied = { code: "PERMISSION_DENIED", ErrorInfo: { reason: "OUTSIDE_SCOPE" } };
    expect(await refusal(answer((callback) => team.cancelConfig({ ...wish, reason: "" }, callback)))).toMatchObject(
      denied,
    );
    expect(await refusal(answer((callback) => team.confirmConfig(wish, callback)))).toMatchObject(denied);
    await answer((callback) => writer.confirmConfig(wish, callback));
    const own = wireConfig({ virtualServers: [server("10.9.0.7"), server("10.9.1.7")] });
    const mine = { ...confirmation, id: "mine" };
    await answer((callback) => team.applyConfig(applyRequest({ config: own, confirmation: mine }), callback));
    await answer((callback) => team.cancelConfig({ ...wish, id: "mine", reason: "" }, callback));
    for (const client of [writer, team]) client.close();
  });

  test("who may operate some virtual servers does not announce, reconcile or probe others", async () => {
    const rules = [
      { roles: ["operator"], identities: ["spiffe://test/team-a"], virtualServers: ["10.9.1.0/24"] },
    ] as const;
    await using secured = await Secured.start({ current: () => ({ rules, revoked: [] }) });
    const team = secured.credentials(secured.authority.issue("URI:spiffe://test/team-a"));
    const source = { kind: "api" } as const;
    const terms = { author: "test", reason: "", source, validateOnly: false };
    await secured.agent.apply({ ...terms, document: webDocument() });
    const [vrrp, balancer, checkers] = [
      new VrrpServiceClient(secured.address, team),
      new BalancerServiceClient(secured.address, team),
      new CheckerServiceClient(secured.address, team),
    ];
    const denied = { code: "PERMISSION_DENIED", ErrorInfo: { reason: "OUTSIDE_SCOPE" } };
    const [checker = ""] =
      secured.agent.transactions.running?.model.balancer.virtualServers.flatMap(({ realServers }) =>
        realServers.flatMap((one) => one.checkers.map(({ id }) => id)),
      ) ?? [];
    expect(await refusal(answer((callback) => vrrp.announce({ instance: "VI_1" }, callback)))).toMatchObject(denied);
    expect(await refusal(answer((callback) => balancer.reconcile({ dryRun: false }, callback)))).toMatchObject(denied);
    expect(await refusal(answer((callback) => checkers.runChecker({ checker }, callback)))).toMatchObject(denied);
    for (const client of [vrrp, balancer, checkers]) client.close();
  });
});
