import { expect, test } from "bun:test";
import { ip } from "../base/address.ts";
import { describeFailure } from "../base/errors.ts";
import type { IpvsOperation } from "./ipvs.ts";
import { ipvsMissing, ipvsUnavailable, refused } from "./ipvs-refusal.ts";

const key = { kind: "address", protocol: "tcp", address: ip("10.9.0.100"), port: 80 } as const;
const flags = { flag1: false, flag2: false, flag3: false, onePacket: false };
const destination = {
  address: ip("10.9.0.11"),
  port: 80,
  weight: 1,
  forwarding: { method: "direct" },
  upperThreshold: 1,
  lowerThreshold: 2,
} as const;

function sentence(operation: IpvsOperation, code: string, kernelText?: string): string {
  return describeFailure(refused(operation, code, kernelText).failure);
}

test("a refusal says what was tried on what, and what to do", () => {
  expect(sentence({ kind: "add-service", service: { key, scheduler: "mh", flags } }, "ENOENT")).toBe(
    "add service tcp 10.9.0.100:80: ENOENT (no scheduler mh in this kernel: modprobe ip_vs_mh)",
  );
  expect(sentence({ kind: "add-destination", key, destination }, "EEXIST")).toBe(
    "add destination 10.9.0.11:80 of tcp 10.9.0.100:80: EEXIST (the service has this destination already)",
  );
  expect(sentence({ kind: "update-destination", key, destination }, "ERANGE")).toContain(
    "lower threshold 2, upper threshold 1",
  );
  expect(sentence({ kind: "remove-service", key }, "ESRCH")).toBe(
    "remove service tcp 10.9.0.100:80: ESRCH (there is no such service)",
  );
});

test("the kernel's own words come first, and a code without a meaning stands alone", () => {
  expect(sentence({ kind: "remove-service", key }, "ESRCH", "No such thing")).toBe(
    "remove service tcp 10.9.0.100:80: ESRCH (No such thing; there is no such service)",
  );
  expect(sentence({ kind: "remove-service", key }, "EIO")).toBe("remove service tcp 10.9.0.100:80: EIO");
});

test("a kernel without ipvs and missing rights say what to do", () => {
  expect(ipvsMissing("find").message).toBe(
    "find the kernel's IPVS: ENOENT (the kernel has no IPVS: load it with modprobe ip_vs, or use a kernel that has CONFIG_IP_VS)",
  );
  expect(ipvsUnavailable("read", "EPERM").message).toBe(
    "read the kernel's IPVS: EPERM (ipvs needs CAP_NET_ADMIN in this network namespace)",
  );
});
