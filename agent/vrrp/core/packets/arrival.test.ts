import { expect, test } from "bun:test";
import { instanceModel } from "../../../../test/pair/segment.ts";
import { ip } from "../../../base/address.ts";
import { after, instant, seconds } from "../../../base/duration.ts";
import type { VrrpInstanceModel } from "../../../config/model.ts";
import { step } from "../instance.ts";
import type { AdvertisementHeard } from "../instance-event.ts";
import { initialize, nextDeadline } from "../instance-state.ts";
import { masterDownInterval } from "../timers.ts";

const config: VrrpInstanceModel = instanceModel();
const heard: AdvertisementHeard = {
  kind: "advertisement",
  source: ip("10.9.0.9"),
  priority: 250,
  interval: config.advertisementInterval,
};

/** The deadline of a backup that reads at `readAt` what arrived at `heardAt`. */
function deadlineOf(heardAt: number | undefined, readAt: number) {
  const environment = { ready: true, source: ip("10.9.0.1") } as const;
  const { state } = step(config, initialize, { kind: "startup", environment }, instant(0));
  const event = heardAt === undefined ? heard : { ...heard, heardAt: instant(heardAt) };
  return nextDeadline(step(config, state, event, instant(readAt)).state);
}

const interval = masterDownInterval({ ...config, masterInterval: config.advertisementInterval });

test("a backup counts the master down interval from when the advertisement arrived, however late it is read", () => {
  expect(deadlineOf(995, 1000)).toBe(after(instant(995), interval));
  expect(deadlineOf(undefined, 1000)).toBe(after(instant(1000), interval));
});

test("an arrival in the future is not believed", () => {
  expect(deadlineOf(1000 + seconds(5), 1000)).toBe(after(instant(1000), interval));
});
