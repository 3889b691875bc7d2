import { expect, test } from "bun:test";
import { instanceModel } from "../../../test/pair/segment.ts";
import { ip } from "../../base/address.ts";
import { milliseconds, seconds } from "../../base/duration.ts";
import { VirtualClock } from "../../kernel/memory/clock.ts";
import { MemoryLinks } from "../../kernel/memory/links.ts";
import { createInstance } from "../instances/running-instance.ts";
import { ObservedNetwork } from "../surroundings/observed-network.ts";
import { AddressKeeper } from "./address-keeper.ts";
import { OwnAddresses } from "./own-addresses.ts";

test("the address of a master that has been silent for too long is neither renewed nor put back before it steps down", () => {
  const clock = new VirtualClock();
  const links = new MemoryLinks(clock, [{ index: 2, name: "eth0" }]);
  const network = new ObservedNetwork(links);
  network.observe();
  const own = new OwnAddresses(network, { isVirtual: () => false, isOurs: () => false });
  const ignored = { onChange: () => {}, onLatePut: () => {}, onRefused: () => {} };
  const keeper = new AddressKeeper(links, network, own, () => clock.now(), ignored);
  keeper.setLease(seconds(10));
  const instance = createInstance(instanceModel(), 0, 0);
  const [now, source] = [clock.now(), ip("10.9.0.1")];
  const times = {
    advertiseAt: now,
    lastAdvertisementAt: now,
    announceAt: undefined,
    refreshAt: undefined,
    extraAt: undefined,
    probeAt: undefined,
  };
  instance.state = { kind: "master", source, rival: undefined, since: now, claims: new Map(), ...times };
  keeper.put(instance, instance.config.virtualAddresses);
  clock.advance(milliseconds(9000));
  keeper.renewIfDue(clock.now());
  clock.advance(milliseconds(1000));
  network.observe();
  keeper.putBackLost();
  expect(links.addresses()).toEqual([]);
});
