// Transcripts of the balancer's core: what the table should be, and the operations that make it so. A scenario file holds commands and,
// after those that plan, the operations in their order and the table as it is then. VIPWARD_TRANSCRIPTS=write rewrites all of them: commit such
// a change only with an explanation of every line that differs.
//
//   service tcp 10.9.0.100:80 rr [quorum=2] [hysteresis=1] [sorry=10.9.0.9:80] [sorry-inhibit] [persistent=50s]
//   service mark 21 rr                                 configures a service, or configures it otherwise
//   real 10.9.0.11:80 [weight=3] [direct] [inhibit] [thresholds=5-10]     a real server of the service mentioned last
//   without 10.9.0.11:80 | without service             takes it out of the configuration
//   down 10.9.0.11:80 | up 10.9.0.11:80                what the checkers say; then it is planned
//   somebody clears the table | removes 10.9.0.11:80 | weighs 10.9.0.11:80 5 | adds tcp 10.9.0.200:80
//   plan

import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { destinationText, serviceText } from "../../agent/balancer/core/compare.ts";
import { desiredTable } from "../../agent/balancer/core/desired.ts";
import { objectText } from "../../agent/balancer/core/operation-text.ts";
import { plan } from "../../agent/balancer/core/plan.ts";
import { aliveWeight, configuredWeight, hasQuorum } from "../../agent/balancer/core/quorum.ts";
import { type Table, tableOf } from "../../agent/balancer/core/table.ts";
import { ip } from "../../agent/base/address.ts";
import { parseDuration } from "../../agent/base/duration.ts";
import type { RealServerModel, VirtualServerModel } from "../../agent/config/model.ts";
import { destinationKeyText, type IpvsOperation, type ServiceKey, serviceKeyText } from "../../agent/kernel/ipvs.ts";
import { MemoryIpvs } from "../../agent/kernel/memory/ipvs.ts";
import { balancer, realServer, service, virtualServer } from "./model-builders.ts";

const folder = join(import.meta.dir, "scenarios");
const shouldWrite = process.env.VIPWARD_TRANSCRIPTS === "write";

for (const file of [...new Glob("*.txt").scanSync(folder)].sort())
  test(`scenario: ${file.replace(".txt", "").replaceAll("-", " ")}`, () => {
    const written = readFileSync(join(folder, file), "utf8");
    const stage = new Stage();
    const played = written
      .split("\n")
      .filter((line) => !line.startsWith("  "))
      .flatMap((line) => [line, ...stage.play(line).map((said) => `  ${said}`)])
      .join("\n");
    if (shouldWrite) writeFileSync(join(folder, file), played);
    expect(played).toBe(shouldWrite ? played : written);
  });

/** A configuration, what checkers say of it, and a kernel's table. */
class Stage {
  readonly #kernel = new MemoryIpvs();
  readonly #servers = new Map<string, VirtualServerModel>();
  readonly #down = new Set<string>();
  readonly #hadQuorum = new Map<string, boolean>();
  readonly #owned = new Set<string>();
  #mentioned = "";

  /** Carries out a command. What came out, a line each. */
  play(line: string): string[] {
    const [verb = "", ...words] = line.split(" ");
    if (verb === "" || verb === "#") return [];
    const [first = ""] = words;
    if (verb === "service") return this.#configure(words);
    if (verb === "real") return this.#change((reals) => withReal(reals, realIn(words)));
    if (verb === "without" && first === "service") return this.#remove();
    if (verb === "without") return this.#change((reals) => reals.filter(isNot(first)));
    if (verb === "somebody") return this.#meddle(words);
    if (verb === "up") this.#down.delete(first);
    else if (verb === "down") this.#down.add(first);
    else if (verb !== "plan") throw new Error(`no command ${line}`);
    return this.#plan();
  }

  #configure(words: readonly string[]): string[] {
    const configured = serverIn(words);
    this.#mentioned = configured.name;
    const realServers = this.#servers.get(configured.name)?.realServers ?? [];
    this.#servers.set(configured.name, { ...configured, realServers });
    return [];
  }

  #change(change: (before: readonly RealServerModel[]) => readonly RealServerModel[]): string[] {
    const server = this.#servers.get(this.#mentioned);
    if (server === undefined) throw new Error("no service was mentioned before");
    this.#servers.set(this.#mentioned, { ...server, realServers: change(server.realServers) });
    return [];
  }

  #remove(): string[] {
    this.#servers.delete(this.#mentioned);
    return [];
  }

  #meddle([verb = "", what = "", weight = ""]: readonly string[]): string[] {
    const found = this.#table().get(this.#mentioned);
    const key = found?.service.key ?? service().key;
    const destination = found?.destinations.find((one) => destinationKeyText(one) === what);
    const done: IpvsOperation[] = [];
    if (verb === "clears")
      for (const one of this.#table().values()) done.push({ kind: "remove-service", key: one.service.key });
    if (verb === "adds") done.push({ kind: "add-service", service: service(undefined, { key: keyIn(what, weight) }) });
    if (verb === "removes" && destination) done.push({ kind: "remove-destination", key, destination });
    if (verb === "weighs" && destination)
      done.push({ kind: "update-destination", key, destination: { ...destination, weight: Number(weight) } });
    if (done.length === 0) throw new Error(`somebody cannot do that: ${verb} ${what}`);
    this.#kernel.apply(done);
    return [];
  }

  #plan(): string[] {
    const desired = this.#desired();
    const observed = this.#table();
    const operations = plan(desired, observed, this.#owned);
    this.#kernel.apply(operations);
    this.#owned.clear();
    for (const key of desired.keys()) this.#owned.add(key);
    return [
      ...(operations.length === 0 ? ["nothing to do"] : operations.map((one) => `→ ${one.kind} ${objectText(one)}`)),
      ...[...this.#table().values()].flatMap((one) => [
        `${serviceKeyText(one.service.key)} ${serviceText(one.service)}`,
        ...one.destinations.map((to) => `  ${destinationKeyText(to)} ${destinationText(to)}`).sort(),
      ]),
    ];
  }

  #desired(): Table {
    const isUp = ({ name }: RealServerModel) => !this.#down.has(name);
    const servers = [...this.#servers.values()];
    for (const server of servers)
      this.#hadQuorum.set(
        server.name,
        hasQuorum(server, aliveWeight(server, isUp), this.#hadQuorum.get(server.name) ?? false),
      );
    const verdicts = {
      isUp,
      weightOf: configuredWeight,
      hasQuorum: ({ name }: VirtualServerModel) => this.#hadQuorum.get(name) ?? false,
    };
    return desiredTable(balancer(...servers), verdicts, this.#table());
  }

  #table(): Table {
    return tableOf(this.#kernel.observe());
  }
}

function withReal(before: readonly RealServerModel[], real: RealServerModel): RealServerModel[] {
  const isThere = before.some(({ name }) => name === real.name);
  return isThere ? before.map((one) => (one.name === real.name ? real : one)) : [...before, real];
}

const isNot = (name: string) => (one: RealServerModel) => one.name !== name;

function serverIn([kind = "", what = "", scheduler = "", ...words]: readonly string[]): VirtualServerModel {
  const setting = settingsIn(words);
  const timeout = parseDuration(setting("persistent") ?? "");
  const of = service(undefined, {
    key: keyIn(kind, what),
    scheduler,
    ...(timeout !== undefined && { persistence: { timeout, granularity: 32 } }),
  });
  const [address, port] = endpointIn(setting("sorry") ?? "");
  return {
    ...virtualServer([], of),
    quorum: Number(setting("quorum") ?? 1),
    hysteresis: Number(setting("hysteresis") ?? 0),
    sorryServer:
      address === undefined
        ? undefined
        : {
            name: setting("sorry") ?? "",
            address: ip(address),
            port,
            forwarding: { method: "masquerade" },
            inhibit: words.includes("sorry-inhibit"),
          },
  };
}

function keyIn(kind: string, what: string): ServiceKey {
  if (kind === "mark") return { kind, mark: Number(what), family: "ipv4" };
  const [address = "", port] = endpointIn(what);
  return { kind: "address", protocol: "tcp", address: ip(address), port };
}

function realIn([what = "", ...words]: readonly string[]): RealServerModel {
  const setting = settingsIn(words);
  const [address = "", port] = endpointIn(what);
  const [lower = "0", upper = "0"] = setting("thresholds")?.split("-") ?? [];
  return realServer(address, {
    name: what,
    port,
    weight: Number(setting("weight") ?? 1),
    forwarding: { method: words.includes("direct") ? "direct" : "masquerade" },
    inhibitOnFailure: words.includes("inhibit"),
    upperThreshold: Number(upper),
    lowerThreshold: Number(lower),
  });
}

function settingsIn(words: readonly string[]): (name: string) => string | undefined {
  return (name) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

function endpointIn(text: string): readonly [string | undefined, number] {
  const [address, port] = text.split(":");
  return [address || undefined, Number(port ?? 0)];
}
