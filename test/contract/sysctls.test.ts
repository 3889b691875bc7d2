// What is believed of the kernel's network settings, in memory and in a namespace of this kernel.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { OperationError } from "../../agent/base/errors.ts";
import { linuxSysctls } from "../../agent/kernel/linux/sysctls.ts";
import { MemorySysctls } from "../../agent/kernel/memory/sysctls.ts";
import type { SysctlsPort } from "../../agent/kernel/sysctls.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const setting = "ipv4/conf/lo/arp_ignore";

function contract(title: string, why: string | undefined, run: (test: (sysctls: SysctlsPort) => void) => void): void {
  describe.skipIf(why !== undefined)(title, () => {
    test("a setting is read as it was written", () => {
      run((sysctls) => {
        expect(sysctls.read(setting)).toBe("0");
        sysctls.write(setting, "1");
        expect(sysctls.read(setting)).toBe("1");
      });
    });

    test("a setting of an interface that is not there is none, and writing it is refused", () => {
      run((sysctls) => {
        expect(sysctls.read("ipv4/conf/eth77/arp_ignore")).toBeUndefined();
        expect(() => sysctls.write("ipv4/conf/eth77/arp_ignore", "1")).toThrow(OperationError);
      });
    });
  });
}

contract("settings in memory", undefined, (run) => run(new MemorySysctls({ [setting]: "0" })));
contract(linuxTitle("settings", whyNoNamespaces), whyNoNamespaces, (run) => {
  const namespace = quietNamespace();
  try {
    namespace.inside(() => run(linuxSysctls));
  } finally {
    namespace[Symbol.dispose]();
  }
});
