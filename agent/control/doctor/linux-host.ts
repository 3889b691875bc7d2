// The host as the doctor sees it: files, addresses, the clock and the IPVS table of this machine. It reads and changes nothing.

import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { parseAddress } from "../../base/address.ts";
import { serviceKeyText } from "../../kernel/ipvs.ts";
import { LinuxIpvs } from "../../kernel/linux/ipvs.ts";
import { isClockKept } from "../../kernel/linux/native.ts";
import type { NetworkNamespace } from "../../kernel/linux/network-namespace.ts";
import type { Host } from "./finding.ts";

/** This machine now. `namespace`: where IPVS is. */
export function linuxHost(namespace: NetworkNamespace): Host {
  return {
    now: Date.now(),
    read: (path) => attempt(() => readFileSync(path, "utf8")),
    list: (path) => attempt(() => readdirSync(path)) ?? [],
    addresses: Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
      list.flatMap(({ address: text }) => {
        const address = parseAddress(text);
        return address === undefined ? [] : [{ address, interface: name }];
      }),
    ),
    isClockKept: attempt(isClockKept),
    services: attempt(() => servicesIn(namespace)),
    free: (path) => {
      const found = attempt(() => statfsSync(path));
      return found && { bytes: found.bavail * found.bsize, files: found.ffree };
    },
  };
}

function servicesIn(namespace: NetworkNamespace): readonly string[] {
  const ipvs = new LinuxIpvs({ namespace });
  try {
    return ipvs.observeServices().map(({ key }) => serviceKeyText(key));
  } finally {
    ipvs.close();
  }
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
