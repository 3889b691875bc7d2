import { describe, expect, test } from "bun:test";
import { splitGlued } from "./glued.ts";

const known = [
  "lb_algo",
  "protocol",
  "weight",
  "vrrp_instance",
  "delay_loop",
  "retry",
  "TCP_CHECK",
  "state",
  "interface",
];

describe("a keyword with its value glued to it", () => {
  const cases: [string, string | undefined][] = [
    ["lb_algowlc", "lb_algo wlc"],
    ["protocolTCP", "protocol TCP"],
    ["weight1", "weight 1"],
    ["vrrp_instance_VI_1", "vrrp_instance VI_1"],
    ["interfaceeth0", "interface eth0"],
    ["stateMASTER", "state MASTER"],
    ["weights", undefined],
    ["TCP_CHECKS", undefined],
    ["weigh1", undefined],
  ];
  for (const [text, expected] of cases)
    test(`${text} is ${expected ?? "something else"}`, () => {
      const split = splitGlued({ text, at: 5 }, known);
      expect(split && `${split.keyword.text} ${split.rest.text}`).toBe(expected as never);
    });

  test("its value has a place of its own", () => {
    expect(splitGlued({ text: "weight12", at: 5 }, known)?.rest).toEqual({
      text: "12",
      at: 11,
    });
  });
});
