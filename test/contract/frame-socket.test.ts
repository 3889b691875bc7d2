import { setDefaultTimeout } from "bun:test";
import { seconds } from "../../agent/base/duration.ts";
import { seededRandom } from "../../agent/base/random.ts";
import { linuxFrameSockets } from "../../agent/kernel/linux/frame-socket.ts";
import { LinuxLinks } from "../../agent/kernel/linux/links.ts";
import { openSocket } from "../../agent/kernel/linux/native.ts";
import { packetAddress, socketFamily } from "../../agent/kernel/linux/sockaddr.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { MemoryLinks } from "../../agent/kernel/memory/links.ts";
import { Wire } from "../../agent/kernel/memory/wire.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { type FrameSocketWorld, frameSocketContract, testEtherType } from "./frame-socket-contract.ts";
import { joinedNamespaces, linuxTitle, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

frameSocketContract("frame sockets in memory", undefined, memoryWorld);
frameSocketContract(linuxTitle("frame sockets", whyNoNamespaces), whyNoNamespaces, linuxWorld);

const socketRaw = 3; // SOCK_RAW

function memoryWorld(): FrameSocketWorld {
  const clock = new VirtualClock();
  const wire = new Wire(clock, seededRandom(1));
  const links = new MemoryLinks(clock, [{ index: 2, name: "eth0" }]);
  const { frameSockets } = wire.attach({ director: "a", links, linkIndex: 2 });
  const seen: Uint8Array[] = [];
  wire.watch((traffic) => {
    if (traffic.kind === "frame") seen.push(traffic.frame);
  });
  return {
    open: (linkIndex = 2) => frameSockets.open(linkIndex),
    seen,
    setUp: (up) => links.setLink(2, { up, running: up }),
    removeLink: () => links.removeLink(2),
    until: async (what, condition) => {
      if (!clock.advanceUntil(condition, seconds(1))) throw new Error(`waited in vain until ${what}`);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function linuxWorld(): FrameSocketWorld {
  const spaces = joinedNamespaces();
  const indexIn = (side: "a" | "b") => {
    const links = spaces[side].inside(() => new LinuxLinks());
    const index = links.links().find((link) => link.name === "eth0")?.index ?? 0;
    links.close();
    return index;
  };
  const seen: Uint8Array[] = [];
  const reader = spaces.b.inside(() => openSocket(socketFamily.packet, socketRaw, 0));
  reader.bind(packetAddress(indexIn("b"), testEtherType));
  reader.startReading(
    { bufferSize: 2048, batch: 16, queueLimit: 256 },
    (messages) => seen.push(...messages.map(({ data }) => data)),
    () => {},
  );
  const ownIndex = indexIn("a");
  return {
    open: (linkIndex = ownIndex) => spaces.a.inside(() => linuxFrameSockets.open(linkIndex)),
    seen,
    setUp: (up) => spaces.a.ip("link", "set", "eth0", up ? "up" : "down"),
    removeLink: () => spaces.a.ip("link", "delete", "eth0"),
    until: async (what, condition) => {
      await until(condition, { what });
    },
    [Symbol.asyncDispose]: async () => {
      reader.close();
      spaces[Symbol.dispose]();
    },
  };
}
