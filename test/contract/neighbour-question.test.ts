// What the agent believes of neighbours (a Linux host as such a neighbour): whoever answers a question has learnt where the address is.
import { expect, setDefaultTimeout, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import type { Link } from "../../agent/kernel/links.ts";
import { linuxFrameSockets } from "../../agent/kernel/linux/frame-socket.ts";
import { LinuxLinks } from "../../agent/kernel/linux/links.ts";
import { linuxNeighbourWatches } from "../../agent/kernel/linux/neighbour-watch.ts";
import { questionFrame } from "../../agent/vrrp/core/announcing/neighbour-check.ts";
import { readArp } from "../../agent/vrrp/core/packets/arp.ts";
import { gratuitousArp } from "../../agent/vrrp/core/packets/gratuitous-arp.ts";
import { readNeighbourClaim } from "../../agent/vrrp/core/packets/neighbour-claim.ts";
import { duplicateQuestion } from "../../agent/vrrp/core/packets/neighbour-discovery.ts";
import type { Namespace } from "../native/namespace.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { joinedNamespaces, linuxTitle, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const [virtual, neighbour] = [ip("10.9.0.100"), ip("10.9.0.254")];

test.skipIf(whyNoNamespaces !== undefined)(
  linuxTitle("a neighbour that knew nothing of the address answers the question and has learnt it", whyNoNamespaces),
  async () => {
    using spaces = joinedNamespaces();
    const { a, b } = spaces;
    b.ip("address", "add", `${neighbour}/24`, "dev", "eth0");
    const link = ethernetOf(a);
    const answers: Uint8Array[] = [];
    const watch = a.inside(() =>
      linuxNeighbourWatches.open({
        ...{ linkIndex: link.index, family: "ipv4" },
        onFrame: (frame) => answers.push(frame),
        onTrouble: () => {},
      }),
    );
    watch.setSenders([neighbour]);
    const frames = a.inside(() => linuxFrameSockets.open(link.index));
    const space = b.path.replace("/run/netns/", "");
    const known = () =>
      Bun.spawnSync(["ip", "-n", space, "neighbour", "show", virtual, "dev", "eth0"]).stdout.toString();

    // An announcement alone teaches a host nothing that has not asked before (arp_accept is off).
    frames.send([gratuitousArp(link.hardwareAddress, virtual)]);
    await Bun.sleep(50);
    expect(known()).toBe("");

    frames.send([questionFrame(link.hardwareAddress, virtual, neighbour)]);
    await until(() => answers.length > 0, { what: "the neighbour answers" });
    expect(readArp(answers[0] ?? new Uint8Array())?.targetHardware).toEqual(link.hardwareAddress);
    expect(known()).toContain(link.hardwareAddress.toHex().match(/../g)?.join(":") ?? "");
    frames.close();
    watch.close();
  },
);

test.skipIf(whyNoNamespaces !== undefined)(
  linuxTitle(
    "whoever has an IPv6 address answers the question of who is about to take it, to all nodes",
    whyNoNamespaces,
  ),
  async () => {
    using spaces = joinedNamespaces();
    const { a, b } = spaces;
    const taken = ip("2001:db8::12:3456");
    b.ip("address", "add", `${taken}/64`, "dev", "eth0", "nodad");
    const [link, theirs] = [ethernetOf(a), ethernetOf(b)];
    const claims: unknown[] = [];
    const watch = a.inside(() =>
      linuxNeighbourWatches.open({
        ...{ linkIndex: link.index, family: "ipv6" },
        onFrame: (frame) => claims.push(readNeighbourClaim(frame)),
        onTrouble: () => {},
      }),
    );
    watch.setSenders([taken]);
    const frames = a.inside(() => linuxFrameSockets.open(link.index));
    // A link that has just come up takes part in IPv6 a moment later: asked until it does.
    const answer = await until(
      () => {
        frames.send([duplicateQuestion(link.hardwareAddress, taken)]);
        return claims[0];
      },
      { what: "the holder answers" },
    );
    expect(answer).toEqual({ address: taken, hardwareAddress: theirs.hardwareAddress });
    frames.close();
    watch.close();
  },
);

function ethernetOf(space: Namespace): Link {
  const links = space.inside(() => new LinuxLinks());
  const link = links.links().find(({ name }) => name === "eth0");
  links.close();
  if (link === undefined) throw new Error("eth0 is missing");
  return link;
}
