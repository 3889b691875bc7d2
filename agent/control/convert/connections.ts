// Connections on the wire, and the filter from there.

import { type IpAddress, parseAddress } from "../../base/address.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { ConnectionFilter, ConnectionList, IpvsConnection } from "../../kernel/connections.ts";
import type { Connection } from "../gen/vipward/v1/connections.pb.ts";
import type { ListConnectionsRequest, ListConnectionsResponse } from "../gen/vipward/v1/state_service.pb.ts";
import type { Refusal } from "../words/refusal.ts";
import { durationOf } from "./time.ts";

/** How many connections are listed unless the client says otherwise, and at most. */
const usualLimit = 1000;
const highestLimit = 10_000;

/** What the client wants. */
export interface ConnectionsWish {
  readonly filter: ConnectionFilter;
  readonly limit: number;
}

/** The wish in a request; refused when an address in it is none. */
export function connectionsWishOf({ filter, limit }: ListConnectionsRequest): Result<ConnectionsWish, Refusal> {
  const { client, service, destination, ...same } = filter ?? {};
  const addresses: Record<string, IpAddress> = {};
  for (const [field, text] of Object.entries({ client, service, destination })) {
    if (text === undefined) continue;
    const address = parseAddress(text);
    const message = `${JSON.stringify(text)} is not an IP address`;
    if (address === undefined) return fail({ kind: "invalid-argument", field: `filter.${field}`, message });
    addresses[field] = address;
  }
  const given = Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined));
  return ok({ filter: { ...given, ...addresses }, limit: Math.min(limit ?? usualLimit, highestLimit) });
}

/** The connections on the wire. */
export function connectionsOf({ connections, matching, total }: ConnectionList): ListConnectionsResponse {
  return { connections: connections.map(connectionOf), matching: BigInt(matching), total: BigInt(total) };
}

function connectionOf({ protocol, client, service, destination, state, expiresIn }: IpvsConnection): Connection {
  return {
    protocol,
    ...{ client: client.address, clientPort: client.port },
    ...{ service: service.address, servicePort: service.port },
    ...{ destination: destination.address, destinationPort: destination.port },
    state,
    expiresIn: durationOf(expiresIn),
  };
}
