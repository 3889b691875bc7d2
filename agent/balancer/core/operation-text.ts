import { destinationKeyText, type IpvsOperation, serviceKeyText } from "../../kernel/ipvs.ts";

/** What an operation is about: "tcp 10.9.0.100:80" or "10.9.0.11:80 of tcp 10.9.0.100:80". */
export function objectText(operation: IpvsOperation): string {
  if ("service" in operation) return serviceKeyText(operation.service.key);
  if (operation.kind === "remove-service") return serviceKeyText(operation.key);
  return `${destinationKeyText(operation.destination)} of ${serviceKeyText(operation.key)}`;
}

/** The service that an operation belongs to, as key text. */
export function serviceOf(operation: IpvsOperation): string {
  return serviceKeyText("service" in operation ? operation.service.key : operation.key);
}
