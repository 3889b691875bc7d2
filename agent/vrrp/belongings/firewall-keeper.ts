// Keeps the agent's packet filter as desired: the addresses of masters that do not accept packets to them (RFC 9568, Accept_Mode), and the virtual routers' own
// links, from which no reports of groups leave. An election does not wait for it: it is written right after the step. The kernel says nothing of its own when
// somebody changes it, so it is looked at every few seconds.

import { familyOf, type IpAddress } from "../../base/address.ts";
import { after, type Instant, seconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { type Firewall, type FirewallPort, tableName } from "../../kernel/firewall.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ObjectListener, ObjectView } from "./object-keeper.ts";
import { linksOf } from "./virtual-links.ts";

/** The packet filter of one driver. */
export class FirewallKeeper {
  readonly #port: FirewallPort;
  readonly #now: () => Instant;
  readonly #listener: ObjectListener;
  readonly #desired = new Map<string, Firewall>();
  /** What was written, as texts, with whom it is for. */
  #written: ReadonlyMap<string, string> = new Map();
  #lookAt: Instant | undefined;

  constructor(port: FirewallPort, now: () => Instant, listener: ObjectListener) {
    this.#port = port;
    this.#now = now;
    this.#listener = listener;
  }

  /** Nobody else desires anything any more. */
  keepOwners(names: ReadonlySet<string>): void {
    for (const name of this.#desired.keys()) if (!names.has(name)) this.#desire(name, nothing);
  }

  /** Takes in the links of instances before they are made: there is no report that leaves first. */
  silence(instances: readonly VrrpInstanceModel[]): void {
    for (const instance of instances) this.#desire(instance.name, { quietLinks: quietLinksOf(instance) });
    const quiet = [...this.#desired.values()].flatMap(({ quietLinks }) => quietLinks);
    if (quiet.some((name) => !this.#written.has(quietText(name)))) this.check();
  }

  /** Takes in the state of an instance. */
  follow({ config, state }: RunningInstance): void {
    const isClosed = state.kind === "master" && config.accept === false;
    this.#desire(config.name, { unaccepted: isClosed ? config.virtualAddresses.map(({ address }) => address) : [] });
  }

  nextDeadline(): Instant | undefined {
    return this.#lookAt;
  }

  checkIfDue(now: Instant): void {
    if (this.#lookAt !== undefined && this.#lookAt <= now) this.check();
  }

  /** Looks at the table, and writes it if it is not as desired. */
  check(): void {
    const desired = this.#textsOfAll();
    this.#lookAt = desired.size > 0 ? after(this.#now(), lookInterval) : undefined;
    try {
      const found = new Set(textsOf(this.#port.read() ?? nothing));
      if (isSame(desired, found)) return this.#note(desired);
      if (this.#written.size > 0 && !isSame(this.#written, found)) this.#tell(this.#written, "lost");
      this.#port.write(this.#wholeTable());
      this.#note(desired);
    } catch (thrown) {
      this.#lookAt = after(this.#now(), retryDelay);
      this.#listener.onRefused("keep", "what is to be dropped passes", thrown);
    }
  }

  /** What is dropped for an instance. */
  view(instance: string): readonly ObjectView[] {
    const texts = textsOf(this.#desired.get(instance) ?? nothing);
    return texts.map((object) => ({ object, present: this.#written.has(object) }));
  }

  #desire(name: string, part: Partial<Firewall>): void {
    const before = this.#desired.get(name) ?? nothing;
    const desired = { ...before, ...part };
    if (Bun.deepEquals(before, desired)) return;
    if (textsOf(desired).length === 0) this.#desired.delete(name);
    else this.#desired.set(name, desired);
    this.#lookAt = this.#now();
  }

  #wholeTable(): Firewall {
    const all = [...this.#desired.values()];
    return {
      unaccepted: [...new Set(all.flatMap(({ unaccepted }) => unaccepted))],
      quietLinks: [...new Set(all.flatMap(({ quietLinks }) => quietLinks))],
    };
  }

  #textsOfAll(): ReadonlyMap<string, string> {
    return new Map([...this.#desired].flatMap(([name, own]) => textsOf(own).map((text) => [text, name] as const)));
  }

  #note(desired: ReadonlyMap<string, string>): void {
    const before = this.#written;
    this.#written = desired;
    this.#tell(new Map([...desired].filter(([text]) => !before.has(text))), "added");
    this.#tell(new Map([...before].filter(([text]) => !desired.has(text))), "removed");
  }

  #tell(texts: ReadonlyMap<string, string>, change: "added" | "removed" | "lost"): void {
    for (const [text, owner] of texts) this.#listener.onChange(owner, text, change);
  }
}

const nothing: Firewall = { unaccepted: [], quietLinks: [] };

/**
 * The links with a virtual MAC from which reports would leave. Those of 224.0.0.0/24 are off by a setting (wished-sysctls.ts), so that IPv4 needs no nftables
 * unless it has a group of its own.
 */
function quietLinksOf(instance: VrrpInstanceModel): readonly string[] {
  const { family, multicastGroup, virtualAddresses } = instance;
  const hasIpv6 = (name: string) =>
    virtualAddresses.some((one) => one.interface === name && familyOf(one.address) === "ipv6");
  const hasOwnGroup = !multicastGroup.startsWith("224.0.0.");
  return linksOf(instance).flatMap(({ kind, interface: name }) =>
    kind === "macvlan" && (family === "ipv6" || hasOwnGroup || hasIpv6(name)) ? [name] : [],
  );
}

function textsOf({ unaccepted, quietLinks }: Firewall): readonly string[] {
  return [...unaccepted.map(dropText), ...quietLinks.map(quietText)];
}

function dropText(address: IpAddress): string {
  return `drop what is for ${address} (nft list table inet ${tableName})`;
}

function quietText(name: string): string {
  return `drop reports of groups from ${name} (nft list table inet ${tableName})`;
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a.keys()].every((text) => b.has(text));
}

const lookInterval = seconds(5);
const retryDelay = seconds(10);
