// What a refusal of the kernel means, in words that say what to do. Both kernels (linux/ and memory/) refuse through here, so that a person
// reads the same sentence from either.

import { codeOf, OperationError, type OperationFailure, type SystemCause } from "../base/errors.ts";
import { destinationKeyText, type IpvsOperation, type RefusedOperation, serviceKeyText } from "./ipvs.ts";

/** The operation as refused with an errno; `kernelText` is the kernel's own (netlink extended acknowledgement), if it gave one. */
export function refused(operation: IpvsOperation, code: string, kernelText?: string): RefusedOperation {
  return { operation, failure: failureOf(operation, code, kernelText) };
}

/** What cannot be asked, in messages: "read the kernel's IPVS: EPERM". */
const object = "the kernel's IPVS";

/** Whether the kernel has no IPVS at all, as far as the error can tell. */
export function isIpvsMissing(thrown: unknown): boolean {
  return thrown instanceof OperationError ? thrown.failure.cause.code === "ENOENT" : codeOf(thrown) === "ENOENT";
}

/** The error for a kernel without IPVS. */
export function ipvsMissing(operation: string): OperationError {
  const text = "the kernel has no IPVS: load it with modprobe ip_vs, or use a kernel that has CONFIG_IP_VS";
  return new OperationError({ operation, object, cause: { code: "ENOENT", text } });
}

/** The error for an IPVS that cannot be asked: rights, or a failing netlink. */
export function ipvsUnavailable(operation: string, code: string, kernelText?: string): OperationError {
  const rights =
    code === "EPERM" || code === "EACCES" ? "ipvs needs CAP_NET_ADMIN in this network namespace" : undefined;
  return new OperationError({ operation, object, cause: causeOf(code, kernelText, rights) });
}

function failureOf(operation: IpvsOperation, code: string, kernelText: string | undefined): OperationFailure {
  return {
    operation: operation.kind.replace("-", " "),
    object: objectText(operation),
    cause: causeOf(code, kernelText, meaning(operation, code)),
  };
}

function causeOf(code: string, kernelText: string | undefined, meaning: string | undefined): SystemCause {
  const texts = [kernelText, meaning].filter((text) => text !== undefined);
  return texts.length === 0 ? { code } : { code, text: texts.join("; ") };
}

function objectText(operation: IpvsOperation): string {
  if ("service" in operation) return serviceKeyText(operation.service.key);
  if (operation.kind === "remove-service") return serviceKeyText(operation.key);
  return `${destinationKeyText(operation.destination)} of ${serviceKeyText(operation.key)}`;
}

function meaning(operation: IpvsOperation, code: string): string | undefined {
  if (code === "EPERM") return "ipvs needs CAP_NET_ADMIN in this network namespace";
  if (code === "ENOMEM") return "the kernel is out of memory";
  if (code === "ESRCH") return "there is no such service";
  if ("service" in operation) return serviceMeaning(operation.service, code);
  return operation.kind === "remove-service" ? undefined : destinationMeaning(operation.destination, code);
}

function serviceMeaning(
  service: Extract<IpvsOperation, { readonly service: unknown }>["service"],
  code: string,
): string | undefined {
  const { scheduler, persistence } = service;
  const engine = persistence?.engine;
  switch (code) {
    case "EEXIST":
      return "there is such a service already";
    case "ENOENT":
      return engine === undefined
        ? `no scheduler ${scheduler} in this kernel: modprobe ip_vs_${scheduler}`
        : `no scheduler ${scheduler} or no persistence engine ${engine} in this kernel: modprobe ip_vs_${scheduler}, modprobe ip_vs_pe_${engine}`;
    case "EAFNOSUPPORT":
      return "this kernel's ipvs has no ipv6: it was built without CONFIG_IP_VS_IPV6";
    case "EINVAL":
      return `the kernel does not take these settings with scheduler ${scheduler}`;
    default:
      return undefined;
  }
}

function destinationMeaning(
  destination: { readonly upperThreshold: number; readonly lowerThreshold: number },
  code: string,
): string | undefined {
  switch (code) {
    case "EEXIST":
      return "the service has this destination already";
    case "ENOENT":
      return "the service has no such destination";
    case "ERANGE":
      return `weight or thresholds out of range: lower threshold ${destination.lowerThreshold}, upper threshold ${destination.upperThreshold}`;
    case "EINVAL":
      return "the address must be a unicast address, and while lo is down in this network namespace none counts as one; a destination of the other family needs a tunnel";
    default:
      return undefined;
  }
}
