// The connections of a network namespace, from /proc/net/ip_vs_conn. The table may have millions of lines: it is read piece by piece,
// and of what does not match nothing is kept.

import { createReadStream, openSync } from "node:fs";
import { addressFromBytes, type IpAddress, parseAddress } from "../../base/address.ts";
import { seconds } from "../../base/duration.ts";
import { codeOf, OperationError } from "../../base/errors.ts";
import { type ConnectionFilter, type ConnectionList, type IpvsConnection, matches } from "../connections.ts";
import { NetworkNamespace } from "./network-namespace.ts";

/** Where they are read. */
export interface ConnectionSource {
  readonly namespace?: NetworkNamespace;
  /** For tests. */
  readonly path?: string;
}

/** Lists them. */
export async function listConnections(
  filter: ConnectionFilter,
  limit: number,
  { namespace = new NetworkNamespace(), path = "/proc/thread-self/net/ip_vs_conn" }: ConnectionSource = {},
): Promise<ConnectionList> {
  const connections: IpvsConnection[] = [];
  let [matching, total, rest] = [0, 0, ""];
  const take = (line: string) => {
    const connection = readConnection(line);
    if (connection === undefined) return;
    total += 1;
    if (!matches(filter, connection)) return;
    matching += 1;
    if (connections.length < limit) connections.push(connection);
  };
  try {
    const fd = namespace.open(() => openSync(path, "r"));
    for await (const piece of createReadStream("", { fd, encoding: "latin1" })) {
      const lines = `${rest}${piece}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || error instanceof OperationError) throw error;
    const text = code === "ENOENT" ? "the kernel has no IPVS: load it with modprobe ip_vs" : path;
    throw new OperationError({ operation: "list", object: "IPVS connections", cause: { code, text } });
  }
  take(rest);
  return { connections, matching, total };
}

/** A line: protocol, three times address and port, state, seconds until it expires; numbers are hexadecimal (ip_vs_conn_seq_show). The first line is a
 * heading, which is no connection. */
export function readConnection(line: string): IpvsConnection | undefined {
  const [protocol = "", ...fields] = line.trim().split(/\s+/);
  const [client, service, destination] = [0, 2, 4].map((at) => readEndpoint(fields[at], fields[at + 1]));
  const state = fields[6];
  const expires = Number(fields[7]);
  if (!client || !service || !destination || state === undefined || !Number.isInteger(expires)) return undefined;
  return { protocol, client, service, destination, state, expiresIn: seconds(expires) };
}

function readEndpoint(address = "", port = ""): IpvsConnection["client"] | undefined {
  const read = /^[0-9A-Fa-f]{8}$/.test(address) ? ipv4Of(address) : parseAddress(address.replace(/^\[|\]$/g, ""));
  return read === undefined || !/^[0-9A-Fa-f]{4}$/.test(port)
    ? undefined
    : { address: read, port: Number.parseInt(port, 16) };
}

function ipv4Of(hex: string): IpAddress | undefined {
  return addressFromBytes(Uint8Array.from([0, 2, 4, 6], (at) => Number.parseInt(hex.slice(at, at + 2), 16)));
}
