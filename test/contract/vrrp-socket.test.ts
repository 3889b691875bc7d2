import { setDefaultTimeout } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { seededRandom } from "../../agent/base/random.ts";
import { linuxClock } from "../../agent/kernel/linux/clock.ts";
import { LinuxLinks } from "../../agent/kernel/linux/links.ts";
import { linuxVrrpSockets } from "../../agent/kernel/linux/vrrp-socket.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { MemoryLinks } from "../../agent/kernel/memory/links.ts";
import { idealConditions, Wire } from "../../agent/kernel/memory/wire.ts";
import { type VrrpSocketOptions, type VrrpSocketPort, vrrpGroups } from "../../agent/kernel/vrrp-socket.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { joinedNamespaces, linuxTitle, whyNoNamespaces } from "./linux-namespace.ts";
import { type Heard, type VrrpSocketWorld, vrrpSocketContract } from "./vrrp-socket-contract.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

vrrpSocketContract("vrrp sockets in memory", undefined, memoryWorld);
vrrpSocketContract(linuxTitle("vrrp sockets", whyNoNamespaces), whyNoNamespaces, linuxWorld);

const hostNumber = { a: 1, b: 2 } as const;

function memoryWorld(): VrrpSocketWorld {
  const clock = new VirtualClock();
  const wire = new Wire(clock, seededRandom(1));
  wire.conditions = { ...idealConditions, delay: () => milliseconds(0.1) };
  const director = (name: "a" | "b") => {
    const links = new MemoryLinks(clock, [{ index: 2, name: "eth0" }]);
    links.putAddress({ linkIndex: 2, address: ip(`10.9.0.${hostNumber[name]}`), prefixLength: 24 });
    links.putAddress({ linkIndex: 2, address: ip(`2001:db8::${hostNumber[name]}`), prefixLength: 64 });
    return { links, station: wire.attach({ director: name, links, linkIndex: 2 }) };
  };
  const directors = { a: director("a"), b: director("b") };
  return {
    open: (name, family, options) => opened(directors[name].station.vrrpSockets, { family, linkIndex: 2, ...options }),
    now: () => clock.now(),
    setUp: (name, up) => directors[name].links.setLink(2, { up, running: up }),
    removeLink: (name) => directors[name].links.removeLink(2),
    until: async (what, condition) => {
      if (!clock.advanceUntil(condition, seconds(5))) throw new Error(`waited in vain until ${what}`);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function linuxWorld(): VrrpSocketWorld {
  const spaces = joinedNamespaces();
  const sockets: { close(): void }[] = [];
  const director = (name: "a" | "b") => {
    spaces[name].ip("address", "add", `10.9.0.${hostNumber[name]}/24`, "dev", "eth0");
    spaces[name].ip("address", "add", `2001:db8::${hostNumber[name]}/64`, "dev", "eth0");
    const links = spaces[name].inside(() => new LinuxLinks());
    const linkIndex = links.links().find((link) => link.name === "eth0")?.index ?? 0;
    links.close();
    return linkIndex;
  };
  const index = { a: director("a"), b: director("b") };
  return {
    open: (name, family, options) => {
      const socket = spaces[name].inside(() =>
        opened(linuxVrrpSockets, { family, linkIndex: index[name], ...options }),
      );
      sockets.push(socket);
      return socket;
    },
    now: () => linuxClock.now(),
    setUp: (name, up) => spaces[name].ip("link", "set", "eth0", up ? "up" : "down"),
    removeLink: (name) => spaces[name].ip("link", "delete", "eth0"),
    until: async (what, condition) => {
      await until(condition, { what });
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.close();
      spaces[Symbol.dispose]();
    },
  };
}

type Wish = Pick<VrrpSocketOptions, "family" | "linkIndex" | "protocol"> & {
  readonly group?: string;
  readonly linkName?: string;
};

function opened(
  port: VrrpSocketPort,
  { family, linkIndex, linkName = "eth0", group, protocol = "vrrp" }: Wish,
): ReturnType<VrrpSocketWorld["open"]> {
  const heard: Heard = { datagrams: [], troubles: [] };
  const socket = port.open({
    family,
    linkIndex,
    linkName,
    group: group === "none" ? undefined : ip(group ?? vrrpGroups[family]),
    protocol,
    onDatagram: (datagram) => heard.datagrams.push(datagram),
    onTrouble: (reason) => heard.troubles.push(reason),
  });
  return { ...socket, ...heard };
}
