import { setDefaultTimeout } from "bun:test";
import { familyOf } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { seededRandom } from "../../agent/base/random.ts";
import type { BfdSocketPort } from "../../agent/kernel/bfd-socket.ts";
import { linuxBfdSockets } from "../../agent/kernel/linux/bfd-socket.ts";
import { BfdWire } from "../../agent/kernel/memory/bfd-wire.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { addresses, type BfdSocketWorld, bfdSocketContract } from "./bfd-socket-contract.ts";
import { joinedNamespaces, linuxTitle, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

bfdSocketContract("bfd sockets in memory", undefined, memoryWorld);
bfdSocketContract(linuxTitle("bfd sockets", whyNoNamespaces), whyNoNamespaces, linuxWorld);

/** A host of the wire has one address; one with two is two hosts here. */
function memoryWorld(): BfdSocketWorld {
  const clock = new VirtualClock();
  const wire = new BfdWire(clock, seededRandom(1));
  wire.conditions = { ...wire.conditions, delay: () => milliseconds(0.1) };
  const port = (host: "a" | "b"): BfdSocketPort => ({
    listen: (options) => wire.attach(addresses[host][options.family]).listen(options),
    open: (options) => wire.attach(addresses[host][familyOf(options.destination)]).open(options),
  });
  return {
    port,
    until: async (what, condition) => {
      const isDone = () => clock.advanceUntil(condition, seconds(5));
      if (!isDone()) throw new Error(`waited in vain until ${what}`);
    },
    [Symbol.dispose]: () => {},
  };
}

function linuxWorld(): BfdSocketWorld {
  const spaces = joinedNamespaces();
  const open: { close(): void }[] = [];
  for (const host of ["a", "b"] as const) {
    spaces[host].ip("address", "add", `${addresses[host].ipv4}/24`, "dev", "eth0");
    spaces[host].ip("address", "add", `${addresses[host].ipv6}/64`, "dev", "eth0");
  }
  const kept = <T extends { close(): void }>(socket: T): T => {
    open.push(socket);
    return socket;
  };
  return {
    port: (host) => ({
      listen: (options) => kept(spaces[host].inside(() => linuxBfdSockets.listen(options))),
      open: (options) => kept(spaces[host].inside(() => linuxBfdSockets.open(options))),
    }),
    until: (what, condition) => until(condition, { what, timeoutMs: 5000 }).then(() => {}),
    [Symbol.dispose]: () => {
      for (const socket of open) socket.close();
      spaces[Symbol.dispose]();
    },
  };
}
