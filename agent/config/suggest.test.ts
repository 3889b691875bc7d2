import { describe, expect, test } from "bun:test";
import { nearest } from "./suggest.ts";

const words = ["virtual_servers", "vrrp_instances", "weight", "port", "lb_algo", "rr", "wrr", "TCP_CHECK"];

describe("what was probably meant by", () => {
  const cases: [string, string | undefined][] = [
    ["virtualServers", "virtual_servers"],
    ["virtual-servers", "virtual_servers"],
    ["vrrp_instance", "vrrp_instances"],
    ["wieght", "weight"],
    ["prot", "port"],
    ["wrrr", "wrr"],
    ["tcp_check", "TCP_CHECK"],
    ["something_else", undefined],
    ["", undefined],
  ];
  for (const [word, expected] of cases)
    test(`${JSON.stringify(word)} is ${expected ?? "not known"}`, () =>
      expect(nearest(word, words)).toBe(expected as never));
});
