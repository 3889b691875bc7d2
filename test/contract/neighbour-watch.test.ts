import { setDefaultTimeout } from "bun:test";
import type { Family } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { seededRandom } from "../../agent/base/random.ts";
import { linuxFrameSockets } from "../../agent/kernel/linux/frame-socket.ts";
import { LinuxLinks } from "../../agent/kernel/linux/links.ts";
import { linuxNeighbourWatches } from "../../agent/kernel/linux/neighbour-watch.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { MemoryLinks } from "../../agent/kernel/memory/links.ts";
import { Wire } from "../../agent/kernel/memory/wire.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { joinedNamespaces, linuxTitle, whyNoNamespaces } from "./linux-namespace.ts";
import { type NeighbourWatchWorld, neighbourWatchContract } from "./neighbour-watch-contract.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

neighbourWatchContract("neighbour watches in memory", undefined, memoryWorld);
neighbourWatchContract(linuxTitle("neighbour watches", whyNoNamespaces), whyNoNamespaces, linuxWorld);

function memoryWorld(): NeighbourWatchWorld {
  const clock = new VirtualClock();
  const wire = new Wire(clock, seededRandom(1));
  const links = new MemoryLinks(clock, [{ index: 2, name: "eth0" }]);
  const { neighbourWatches, frameSockets } = wire.attach({ director: "a", links, linkIndex: 2 });
  const heard: Uint8Array[] = [];
  const open = (linkIndex = 2, family: Family = "ipv4") =>
    neighbourWatches.open({ linkIndex, family, onFrame: (frame) => heard.push(frame), onTrouble: () => {} });
  return {
    open,
    heard,
    otherSends: (frame) => wire.injectFrame("b", frame),
    directorSends: (frame) => frameSockets.open(2).send([frame]),
    until: async (what, condition) => {
      if (!clock.advanceUntil(condition, seconds(1))) throw new Error(`waited in vain until ${what}`);
    },
    settle: async () => clock.advance(milliseconds(1)),
    [Symbol.asyncDispose]: async () => {},
  };
}

function linuxWorld(): NeighbourWatchWorld {
  const spaces = joinedNamespaces();
  const indexIn = (side: "a" | "b") => {
    const links = spaces[side].inside(() => new LinuxLinks());
    const index = links.links().find((link) => link.name === "eth0")?.index ?? 0;
    links.close();
    return index;
  };
  const index = { a: indexIn("a"), b: indexIn("b") };
  const heard: Uint8Array[] = [];
  const closers: (() => void)[] = [];
  const send = (side: "a" | "b", frame: Uint8Array) => {
    const socket = spaces[side].inside(() => linuxFrameSockets.open(index[side]));
    socket.send([frame]);
    socket.close();
  };
  return {
    open: (linkIndex = index.a, family: Family = "ipv4") => {
      const watch = spaces.a.inside(() =>
        linuxNeighbourWatches.open({ linkIndex, family, onFrame: (frame) => heard.push(frame), onTrouble: () => {} }),
      );
      closers.push(() => watch.close());
      return watch;
    },
    heard,
    otherSends: (frame) => send("b", frame),
    directorSends: (frame) => send("a", frame),
    until: async (what, condition) => {
      await until(condition, { what });
    },
    settle: () => Bun.sleep(50),
    [Symbol.asyncDispose]: async () => {
      for (const close of closers) close();
      spaces[Symbol.dispose]();
    },
  };
}
