// /proc/sys/net of the network namespace that the calling thread is in.

import { readFileSync, writeFileSync } from "node:fs";
import { codeOf, OperationError } from "../../base/errors.ts";
import type { SysctlsPort } from "../sysctls.ts";

/** The real settings. */
export const linuxSysctls: SysctlsPort = {
  read(path) {
    try {
      return readFileSync(`${root}${path}`, "utf8").trim();
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === "ENOENT") return undefined;
      throw new OperationError({ operation: "read setting", object: path, cause: { code: code ?? "EIO" } });
    }
  },
  write(path, value) {
    try {
      writeFileSync(`${root}${path}`, value);
    } catch (thrown) {
      const code = codeOf(thrown) ?? "EIO";
      throw new OperationError({ operation: `set to ${value}`, object: `/proc/sys/net/${path}`, cause: { code } });
    }
  },
};

const root = "/proc/sys/net/";
