// The kernel of a director in a test, seen and changed behind the director's back.

import type { RealServerModel, VirtualServerModel } from "../../agent/config/model.ts";
import { type IpvsOperation, serviceKeyText } from "../../agent/kernel/ipvs.ts";
import type { Director } from "./director.ts";

/** A real server as the kernel has it. */
export function destination({ address, port, weight, forwarding, upperThreshold, lowerThreshold }: RealServerModel) {
  return { address, port, weight, forwarding, upperThreshold, lowerThreshold };
}

/** What is read from the kernel from now on. */
export function countLooks(director: Director) {
  const looks = { everything: 0, services: [] as string[] };
  const { ipvs } = director;
  const [observe, observeService] = [ipvs.observe.bind(ipvs), ipvs.observeService.bind(ipvs)];
  const observeDestinations = ipvs.observeDestinations.bind(ipvs);
  ipvs.observe = () => {
    looks.everything += 1;
    return observe();
  };
  ipvs.observeService = (key) => {
    looks.services.push(serviceKeyText(key));
    return observeService(key);
  };
  ipvs.observeDestinations = (key) => {
    looks.services.push(serviceKeyText(key));
    return observeDestinations(key);
  };
  return looks;
}

/** Somebody else makes a service. */
export function put(director: Director, server: VirtualServerModel): void {
  const { service: made } = server;
  const destinations = server.realServers.map((one) => ({
    kind: "add-destination" as const,
    key: made.key,
    destination: destination(one),
  }));
  const refused = director.ipvs.apply([{ kind: "add-service", service: made }, ...destinations]);
  if (refused.length > 0) throw new Error("somebody else's service was refused");
}

/** Is called before each change of the kernel. */
export function watch(director: Director, onApply: () => void): void {
  const apply = director.ipvs.apply.bind(director.ipvs);
  director.ipvs.apply = (operations: readonly IpvsOperation[]) => {
    onApply();
    return apply(operations);
  };
}
