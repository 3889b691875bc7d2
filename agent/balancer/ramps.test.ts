import { expect, test } from "bun:test";
import { Director } from "../../test/balancer/director.ts";
import { balancer, realServer, virtualServer } from "../../test/balancer/model-builders.ts";
import { milliseconds, seconds } from "../base/duration.ts";
import type { VirtualServerModel } from "../config/model.ts";

const a = realServer("10.9.0.11", { weight: 4 });
const b = realServer("10.9.0.12", { weight: 4 });

function world(slowStart = seconds(10)) {
  const server: VirtualServerModel = { ...virtualServer([a, b]), slowStart };
  const director = new Director();
  const turn = (up: boolean) => {
    if (up) director.down.delete(a.name);
    else director.down.add(a.name);
    director.reconciler.verdictChanged(director.reconciler.running?.virtualServers[0] ?? server, a);
    director.clock.advance(milliseconds(0));
  };
  director.apply(balancer(server));
  return { director, server, turn };
}

const weights = (director: Director) => director.destinations()?.map((one) => Number(one.split(" ").at(-1)));

test("a real server that comes back gets its weight step by step, and one that was always there keeps its own", () => {
  const { director, turn } = world();
  turn(false);
  turn(true);
  const seen = [weights(director)];
  for (let second = 0; second < 11; second++) {
    director.clock.advance(seconds(1));
    seen.push(weights(director));
  }
  expect(seen.map((two) => two?.[0])).toEqual([1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4]);
  expect(new Set(seen.map((two) => two?.[1]))).toEqual(new Set([4]));
});

test("each step is one operation, and a look at everything in between finds nothing wrong", () => {
  const { director, turn } = world();
  turn(false);
  turn(true);
  director.asked();
  director.clock.advance(seconds(5));
  director.reconciler.reconcile();
  expect(director.asked()).toEqual(["update-destination 10.9.0.11:80 of tcp 10.9.0.100:80"]);
  expect(director.happened("ipvs-drift")).toEqual([]);
});

test("one that fails again is out at once, and begins anew when it is back", () => {
  const { director, turn } = world();
  turn(false);
  turn(true);
  director.clock.advance(seconds(7));
  turn(false);
  expect(director.destinations()).toEqual(["10.9.0.12:80 weight 4"]);
  director.clock.advance(seconds(20));
  expect(director.destinations()).toEqual(["10.9.0.12:80 weight 4"]);
  turn(true);
  expect(weights(director)).toEqual([1, 4]);
});

test("a push in between goes on with the ramp, and one without a slow start ends it", () => {
  const { director, server, turn } = world();
  turn(false);
  turn(true);
  director.clock.advance(seconds(4));
  director.apply(balancer({ ...server, realServers: [{ ...a }, { ...b }, realServer("10.9.0.13")] }));
  expect(weights(director)).toEqual([2, 4, 1]);
  director.apply(balancer(virtualServer([a, b])));
  expect(weights(director)).toEqual([4, 4]);
});

test("what is up from the start has its whole weight at once", () => {
  expect(weights(world().director)).toEqual([4, 4]);
});
