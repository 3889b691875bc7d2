// What `vipward run` was told about who may use the API, looked at before anything is done for the configuration: a wrong word, a file that
// cannot be used or a port that somebody else has must not be found out when the kernel already has the addresses and services. The libraries
// of the server are not needed for this and come later.

import { createServer, type Server } from "node:net";
import { codeOf, messageOf } from "../../base/errors.ts";
import { ListenError } from "../listen-error.ts";
import { readAccessFile } from "./access-file.ts";
import type { Access } from "./policy.ts";
import { readTlsFiles, type TlsPaths } from "./tls-files.ts";

/** The words about access of `vipward run`. */
export interface AccessWords {
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly accessFile?: string;
}

/** What can be served. */
export interface PreparedAccess {
  /** Undefined: whoever can open the unix socket may do everything. */
  readonly rules: Access | undefined;
  readonly tcp: PreparedTcp | undefined;
}

/** A port that is ours until `release`: who calls before the server is there is turned away. */
export interface PreparedTcp {
  readonly address: string;
  readonly paths: TlsPaths;
  release(): Promise<void>;
}

/** Looks at all of it and takes the port. Throws ListenError with what is wrong and what to do. */
export async function prepareAccess(words: AccessWords): Promise<PreparedAccess> {
  const place = placeOf(words);
  const rules = words.accessFile === undefined ? undefined : rulesOf(words.accessFile);
  return { rules, tcp: place && { ...place, ...(await hold(place.address)) } };
}

function placeOf({ listen: address, tlsCert: cert, tlsKey: key, tlsClientCa: clientCa }: AccessWords) {
  const given = Object.entries({ "--tls-cert": cert, "--tls-key": key, "--tls-client-ca": clientCa });
  if (address === undefined) {
    const [superfluous] = given.find(([, value]) => value !== undefined) ?? [];
    if (superfluous === undefined) return undefined;
    throw usage(`${superfluous} says how TCP is served, and it is not: add --listen ADDRESS:PORT, or leave it out`);
  }
  if (partsOf(address) === undefined)
    throw usage(
      `--listen ${JSON.stringify(address)} is not understood, expected ADDRESS:PORT: 0.0.0.0:7443, [::]:7443`,
    );
  if (cert === undefined || key === undefined || clientCa === undefined) {
    const missing = given.filter(([, value]) => value === undefined).map(([name]) => name);
    throw usage(`--listen needs ${missing.join(" and ")} too: TCP is served with mutual TLS only`);
  }
  const paths = { cert, key, clientCa };
  const material = readTlsFiles(paths);
  if (!material.ok) throw usage(`cannot serve ${address} with these certificates: ${material.error}`);
  return { address, paths };
}

function rulesOf(file: string): Access {
  const read = readAccessFile(file);
  if (read.ok) return read.value;
  throw usage(`the access file ${file} is wrong: ${read.error.join("; ")}`);
}

/** The parts of "10.0.0.1:7443" and "[::]:7443"; undefined where it is neither. */
export function partsOf(address: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(address) ?? [];
  const [host, port] = [bracketed ?? plain, Number(digits)];
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

async function hold(address: string): Promise<Pick<PreparedTcp, "release">> {
  const server = createServer((socket) => socket.destroy());
  try {
    await listening(server, partsOf(address) ?? {});
  } catch (thrown) {
    throw cannotListen(address, thrown);
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listening(server: Server, place: { readonly host?: string; readonly port?: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(place, resolve);
  });
}

/** Why a port cannot be had, and what to do. */
export function cannotListen(address: string, thrown: unknown): ListenError {
  const options = { cause: thrown };
  switch (codeOf(thrown)) {
    case "EADDRINUSE":
      return new ListenError(
        `cannot listen on ${address}: the port is taken: choose another with --listen, or end what has it (ss -ltnp shows it)`,
        options,
      );
    case "EADDRNOTAVAIL":
      return new ListenError(
        `cannot listen on ${address}: this machine does not have the address: give it, or listen on 0.0.0.0 or [::]`,
        options,
      );
    case "EACCES":
      return new ListenError(
        `cannot listen on ${address}: ports below 1024 need CAP_NET_BIND_SERVICE: give it, or choose a higher port`,
        { ...options, exitCode: 4 },
      );
    default:
      return new ListenError(`cannot listen on ${address}: ${messageOf(thrown)}`, options);
  }
}

function usage(message: string): ListenError {
  return new ListenError(message, { exitCode: 2 });
}
