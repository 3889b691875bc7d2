// How processes run, both ways.

import type { Settings } from "../../config/schema/settings.ts";
import type { Processes } from "../gen/vipward/v1/processes.pb.ts";
import { type DocumentObject, list, present } from "./present.ts";

/** The settings on the wire. */
export function processesOf({ vrrp, checkers }: Settings["processes"]): Processes {
  return {
    vrrp: { ...vrrp, cpuAffinity: [...(vrrp.cpuAffinity ?? [])] },
    checkers: {
      ...{ realTimePriority: undefined, nice: undefined, ...checkers },
      cpuAffinity: [...(checkers.cpuAffinity ?? [])],
    },
  };
}

/** The settings on the wire in a document. */
export function processesDocument({ vrrp, checkers }: Processes): DocumentObject {
  const document = <T extends { readonly cpuAffinity: number[] }>({ cpuAffinity, ...same }: T) =>
    present({ ...same, cpuAffinity: list(cpuAffinity, (one) => one) });
  return present({ vrrp: vrrp && document(vrrp), checkers: checkers && document(checkers) });
}
