// The rules about BFD sessions: names and neighbours that are there twice, ends that cannot meet, hops that cannot be.

import { familyOf, isLinkLocal } from "../../base/address.ts";
import { type Finding, pathText } from "../issue.ts";
import type { Settings, VirtualServerSettings } from "../schema/settings.ts";
import { nearest } from "../suggest.ts";
import { breach, doubt, duplicates } from "./breach.ts";
import type { Entry } from "./entry.ts";

type Session = Settings["bfdSessions"][number];

/** Everything that is wrong or doubtful about sessions. */
export function bfdBreaches(sessions: readonly Entry<Session>[]): Finding[] {
  return [
    ...duplicates(
      sessions,
      ({ name }) => name,
      ({ name }, first) => `BFD session ${JSON.stringify(name)} is already defined at ${pathText(first)}`,
      "name",
    ),
    ...duplicates(
      sessions,
      ({ neighbour, sourceAddress, multihop }) => `${neighbour} ${sourceAddress} ${multihop}`,
      ({ neighbour }, first) => `there is already a session with ${neighbour} at ${pathText(first)}`,
      "neighbour",
    ),
    ...sessions.flatMap((session) => ambiguous(session, sessions)),
    ...sessions.flatMap(ends),
    ...sessions.flatMap(hops),
  ];
}

/** A first packet says no more than its two addresses. */
function ambiguous({ path, value }: Entry<Session>, sessions: readonly Entry<Session>[]): Finding[] {
  const { neighbour, multihop, sourceAddress } = value;
  if (sourceAddress !== undefined) return [];
  const isSame = ({ value: other }: Entry<Session>) => other.neighbour === neighbour && other.multihop === multihop;
  return sessions.some((other) => other.value.sourceAddress !== undefined && isSame(other))
    ? [
        breach(
          path,
          `there is another session with ${neighbour}, and this one has no source`,
          "a source_address for both",
        ),
      ]
    : [];
}

function ends({ path, value: { neighbour, sourceAddress } }: Entry<Session>): Finding[] {
  const family = familyOf(neighbour);
  if (isLinkLocal(neighbour))
    return [
      breach([...path, "neighbour"], `${neighbour} is link-local: it does not say on which link`, "a global address"),
    ];
  if (sourceAddress === undefined || familyOf(sourceAddress) === family) return [];
  return [breach([...path, "sourceAddress"], `${sourceAddress} cannot reach ${neighbour}`, `an ${family} address`)];
}

function hops({ path, value: { ttl, maxHops, multihop } }: Entry<Session>): Finding[] {
  if (maxHops > ttl && maxHops < 255)
    return [
      breach(
        [...path, "maxHops"],
        `${maxHops} is more than the ttl of ${ttl}`,
        "at most the ttl, or 255 for any number",
      ),
    ];
  if (!multihop || maxHops > 0) return [];
  return [
    doubt(
      [...path, "maxHops"],
      "no packet of the neighbour may have taken a hop",
      "the number of routers between, or 255",
    ),
  ];
}

/** Checkers that look at a session which is not defined. `names`: of all that are, also where they are not well formed otherwise. */
export function bfdCheckers(servers: readonly Entry<VirtualServerSettings>[], names: ReadonlySet<string>): Finding[] {
  const found: Finding[] = [];
  for (const { path, value } of servers)
    for (let index = 0; index < value.realServers.length; index += 1) {
      const checkers = value.realServers[index]?.checkers ?? [];
      for (let place = 0; place < checkers.length; place += 1) {
        const session = checkers[place]?.bfd?.session;
        if (session === undefined || names.has(session)) continue;
        const at = [...path, "realServers", index, "checkers", place, "bfd", "session"];
        const suggestion = nearest(session, [...names]);
        const message = `there is no BFD session ${JSON.stringify(session)}`;
        found.push({ ...breach(at, message), ...(suggestion !== undefined && { suggestion }) });
      }
    }
  return found;
}
