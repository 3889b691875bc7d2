import { OperationError } from "../../base/errors.ts";

/** The failure of a route or rule with a realm on a kernel that has been built without them. */
export function withoutRealms(operation: string, object: string): OperationError {
  const text = "this kernel has no realms (CONFIG_IP_ROUTE_CLASSID): leave them out";
  return new OperationError({ operation, object, cause: { code: "EOPNOTSUPP", text } });
}
