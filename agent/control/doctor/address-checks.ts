// Addresses where they should not be, and who else might put them there.

import type { Check } from "./finding.ts";

/** A virtual address on a director that is not master is a second director that answers for it. */
export const strayAddresses: Check = ({ addresses }, { state }) =>
  state.vrrpInstances
    .filter((instance) => instance.state !== "master")
    .flatMap((instance) =>
      instance.virtualAddresses.flatMap(({ address }) =>
        addresses
          // What is on lo is that of a real server; the check of ARP judges it.
          .filter((found) => found.address === address && found.interface !== "lo")
          .map((found) => ({
            severity: "error" as const,
            subject: `${address} dev ${found.interface}`,
            problem: `is here although ${instance.name} is ${instance.state}: two directors may answer for it`,
            remedy: `find out who has put it there; ip address del ${address} dev ${found.interface}`,
          })),
      ),
    );

/** A master holds its addresses. */
export const missingAddresses: Check = (_, { state }) =>
  state.vrrpInstances
    .filter((instance) => instance.state === "master")
    .flatMap((instance) =>
      instance.virtualAddresses
        .filter(({ held }) => !held)
        .map(({ address, interface: link }) => ({
          severity: "error" as const,
          subject: `${address} dev ${link}`,
          problem: `is not here although ${instance.name} is master`,
          remedy: "the agent's log says why the kernel did not take it",
        })),
    );

/** Two programs that elect masters for the same addresses undo each other's work. */
export const otherDirectors: Check = (host) =>
  host
    .list("/proc")
    .filter((name) => /^\d+$/.test(name) && host.read(`/proc/${name}/comm`)?.trim() === "keepalived")
    .slice(0, 1)
    .map((pid) => ({
      severity: "warning",
      subject: `keepalived ${pid}`,
      problem: "runs on this machine too",
      remedy: "systemctl disable --now keepalived, unless it serves other addresses",
    }));

/** Instances that take no part. */
export const faults: Check = (_, { state }) =>
  state.vrrpInstances
    .filter((instance) => instance.state === "fault")
    .map(({ name, reason }) => ({
      severity: "error",
      subject: name,
      problem: `is in fault: ${reason}`,
      remedy: `vipward explain ${name}`,
    }));

/** Routers of the same virtual router that are configured otherwise. */
export const peers: Check = (_, { state }) =>
  state.vrrpInstances.flatMap(({ name, peerDifferences = [] }) =>
    peerDifferences.map(({ peer, differences }) => ({
      severity: "warning" as const,
      subject: `${name} ${peer}`,
      problem: `differs: ${differences.join("; ")}`,
      remedy: "configure both directors alike",
    })),
  );
