/** Whether this process runs where tests that need a kernel with IPVS can run. */
import { existsSync } from "node:fs";

/** True inside the lab's guest, and as root on a machine whose own kernel has IPVS loaded. */
export const kernelHasIpvs: boolean = existsSync("/proc/net/ip_vs") && process.getuid?.() === 0;

/** The lab's guest runs on one core at a fraction of a host's pace: time limits for a whole test there, in milliseconds. */
export const LAB_TEST_TIMEOUT_MS = 300_000;

/** For tests of a kernel that run on a host as well as in the guest: there each network namespace that they make takes a second or two. */
export const KERNEL_TEST_TIMEOUT_MS = 120_000;
