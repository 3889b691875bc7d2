// Our routes in the network namespace in which it was opened, over route netlink.

import { formatRoute, isSameRoute, type Route, type RoutesPort } from "../routes.ts";
import { asking, failureOf } from "./asking.ts";
import { NetlinkConnection, netlinkProtocol } from "./netlink/connection.ts";
import { requestFlag } from "./netlink/message.ts";
import { protocolByte, readRoute, routeBody, routeGroups, routeMessage, routesBody } from "./netlink/rtm-route.ts";
import { withoutRealms } from "./realms.ts";
import { watchGroups } from "./route-watch.ts";

const families = ["ipv4", "ipv6"] as const;

/** The real routes. Opening throws an OperationError when the kernel refuses. */
export class LinuxRoutes implements RoutesPort {
  readonly #connection = asking("open route netlink", "routes", () =>
    new NetlinkConnection(netlinkProtocol.route).filterDumps(),
  );

  ours(): readonly Route[] {
    return families.flatMap((family) => {
      const outcome = asking("list routes", family, () =>
        this.#connection.dump(routeMessage.getRoute, routesBody(family)),
      );
      // A kernel without IPv6 has no routes of it.
      if (outcome.kind === "refused" && family === "ipv6") return [];
      if (outcome.kind !== "done") throw failureOf("list routes", family, outcome);
      return outcome.messages.flatMap((message) => readRoute(message) ?? []);
    });
  }

  /** Without NLM_F_EXCL and NLM_F_REPLACE it stands before those of others with the same destination, and replaces none (`ip route prepend`). */
  put(route: Route): void {
    this.#change("add route", route, routeMessage.newRoute, requestFlag.create, ["EEXIST"]);
    if (route.realm !== undefined) this.#verify(route);
  }

  /** A kernel without realms leaves them out without a word. */
  #verify(route: Route): void {
    if (this.ours().some((found) => isSameRoute(route, found))) return;
    const { realm: _, ...left } = route;
    this.remove(left);
    throw withoutRealms(
      "add route",
      formatRoute(route, (linkIndex) => `link ${linkIndex}`),
    );
  }

  /** One that wraps packets as this kernel cannot is not there either. */
  remove(route: Route): void {
    this.#change("remove route", route, routeMessage.removeRoute, 0, ["ESRCH", "ENODEV", "EOPNOTSUPP"]);
  }

  watch(onLoss: () => void): { close(): void } {
    const type = routeMessage.removeRoute;
    const concerns = (message: Parameters<typeof readRoute>[0]) =>
      message.type === type && readRoute(message) !== undefined;
    return watchGroups({ object: "routes", groups: routeGroups, type, byte: protocolByte, concerns }, onLoss);
  }

  close(): void {
    this.#connection.close();
  }

  #change(operation: string, route: Route, type: number, flags: number, isDone: readonly string[]): void {
    const object = formatRoute(route, (linkIndex) => `link ${linkIndex}`);
    const outcome = asking(operation, object, () => this.#connection.request(type, flags, routeBody(route)));
    if (outcome.kind === "done") return;
    const failure = failureOf(operation, object, outcome);
    if (!isDone.includes(failure.failure.cause.code)) throw failure;
  }
}
