import { setDefaultTimeout } from "bun:test";
import { ip, parseInterfaceAddress } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import type { Link, LinksPort } from "../../agent/kernel/links.ts";
import { LinuxLinks } from "../../agent/kernel/linux/links.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { MemoryLinks } from "../../agent/kernel/memory/links.ts";
import type { Namespace } from "../native/namespace.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { type LinksWorld, linksContract } from "./links-contract.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

linksContract("links in memory", undefined, memoryWorld);
linksContract(linuxTitle("links", whyNoNamespaces), whyNoNamespaces, linuxWorld);

function memoryWorld(): LinksWorld {
  const clock = new VirtualClock();
  const links = new MemoryLinks(clock, [{ index: 2, name: "eth0" }]);
  const cramped = new MemoryLinks(clock);
  const link = links.links()[0];
  if (link === undefined) throw new Error("the link is missing");
  return {
    links,
    link,
    kinds: ["macvlan", "ipvlan"],
    cramped,
    setUp: (up) => {
      links.setLink(2, { up });
      cramped.overrun();
    },
    setCarrier: (running) => links.setLink(2, { running }),
    removeLink: () => links.removeLink(2),
    rename: (name) => links.setLink(2, { name }),
    makeAgain: (name) => links.setLink(7, { name }),
    removeAddressByHand: (text) =>
      links.disturb({ linkIndex: 2, ...(parseInterfaceAddress(text) ?? { address: ip("0.0.0.0"), prefixLength: 0 }) }),
    until: async (what, condition, within = seconds(5)) => {
      if (!clock.advanceUntil(condition, within)) throw new Error(`waited in vain until ${what}`);
    },
    [Symbol.asyncDispose]: async () => links.close(),
  };
}

function linuxWorld(): LinksWorld {
  const namespace = quietNamespace();
  namespace.ip(
    "link",
    "add",
    "eth0",
    "mtu",
    "1400",
    "address",
    "02:00:00:00:00:07",
    "type",
    "veth",
    "peer",
    "name",
    "far0",
  );
  for (const name of ["eth0", "far0"]) namespace.ip("link", "set", name, "up");
  const links = linksInside(namespace, () => new LinuxLinks());
  const cramped = linksInside(namespace, () => new LinuxLinks({ receiveBuffer: 2048, queueLimit: 1 }));
  const index = links.links().find(({ name }) => name === "eth0")?.index ?? 0;
  const link: Link = {
    index,
    name: "eth0",
    up: true,
    running: true,
    mtu: 1400,
    hardwareAddress: new Uint8Array([2, 0, 0, 0, 0, 7]),
  };
  return {
    links,
    link,
    kinds: hasIpvlan(namespace) ? ["macvlan", "ipvlan"] : ["macvlan"],
    cramped,
    setUp: (up) => namespace.ip("link", "set", "eth0", up ? "up" : "down"),
    setCarrier: (carrier) => namespace.ip("link", "set", "far0", carrier ? "up" : "down"),
    removeLink: () => namespace.ip("link", "delete", "eth0"),
    rename: (name) => {
      namespace.ip("link", "set", "eth0", "down");
      namespace.ip("link", "set", "eth0", "name", name);
      namespace.ip("link", "set", name, "up");
    },
    makeAgain: (name) => namespace.ip("link", "add", name, "type", "bridge"),
    removeAddressByHand: (text) => namespace.ip("address", "delete", text, "dev", "eth0"),
    until: async (what, condition, within = seconds(10)) => {
      await until(condition, { what, timeoutMs: within });
    },
    [Symbol.asyncDispose]: async () => {
      links.close();
      cramped.close();
      namespace[Symbol.dispose]();
    },
  };
}

function hasIpvlan(namespace: Namespace): boolean {
  try {
    namespace.ip("link", "add", "probe0", "link", "eth0", "type", "ipvlan");
    namespace.ip("link", "delete", "probe0");
    return true;
  } catch {
    return false;
  }
}

/** A watcher's socket is opened when the watching begins, so that has to happen inside too. */
function linksInside(namespace: Namespace, make: () => LinksPort): LinksPort {
  const links = namespace.inside(make);
  return {
    links: () => links.links(),
    link: (index) => links.link(index),
    addresses: () => links.addresses(),
    putAddress: (wished) => links.putAddress(wished),
    removeAddress: (wished) => links.removeAddress(wished),
    makeLink: (wished) => links.makeLink(wished),
    removeLink: (index) => links.removeLink(index),
    watch: (onChange) => namespace.inside(() => links.watch(onChange)),
    close: () => links.close(),
  };
}
