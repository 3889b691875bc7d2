import { expect, test } from "bun:test";
import { validateSettings } from "../config/validate.ts";
import { missingLinks, namesIn } from "./link-warnings.ts";

const devices = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     104       2    0    0    0     0          0         0      104       2    0    0    0     0       0          0
bond0.7: 9 2    0    0    0     0          0         0      104       2    0    0    0     0       0          0
`;

test("the interfaces of /proc/net/dev are found by their names", () => {
  expect(namesIn(devices)).toEqual(new Set(["lo", "bond0.7"]));
});

test("an interface that is not there is a warning at the place that names it", () => {
  const instance = { name: "web", virtualRouterId: 51, virtualAddresses: ["10.9.0.100/24"] };
  const { settings } = validateSettings({ vrrpInstances: [{ ...instance, interface: "eth7" }] });
  if (settings === undefined) throw new Error("the document is refused");
  expect(missingLinks(settings, () => namesIn(devices))).toEqual([
    {
      severity: "warning",
      code: "no-such-interface",
      path: "vrrp_instances[0].interface",
      message: 'there is no interface "eth7" on this machine; the instance is in fault until there is one',
    },
  ]);
  expect(missingLinks(settings, () => new Set(["eth7"]))).toEqual([]);
});
