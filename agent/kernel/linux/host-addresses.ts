import { networkInterfaces } from "node:os";

/** All addresses of this host's interfaces that are up, as text. */
export function hostAddresses(): ReadonlySet<string> {
  const entries = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return new Set(entries.map(({ address }) => address));
}
