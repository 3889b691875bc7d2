// An agent over TCP: HOST:PORT and the files for mutual TLS.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { messageOf } from "../base/errors.ts";
import { CliError } from "./io.ts";
import type { TargetWords } from "./target-words.ts";

/** What a client of such an agent is made from. */
export interface TlsTarget {
  readonly address: string;
  readonly credentials: ChannelCredentials;
  readonly options: object;
}

/** The agent over TCP that is meant; undefined: one on a unix socket. */
export function tlsTarget({ target, tlsCa, tlsCert, tlsKey }: TargetWords): TlsTarget | undefined {
  const [, host = "", port] = /^(\[[^\]]+\]|[^:/\s]+):(\d{1,5})$/.exec(target ?? "") ?? [];
  if (port === undefined) return undefined;
  if (tlsCa === undefined || tlsCert === undefined || tlsKey === undefined)
    throw new CliError(2, `${target} needs --tls-ca, --tls-cert and --tls-key`);
  const [ca, key, cert] = [tlsCa, tlsKey, tlsCert].map(readPem);
  const name = host.replace(/^\[|\]$/g, "");
  return {
    address: `${host}:${port}`,
    credentials: credentials.createSsl(ca, key, cert, {
      checkServerIdentity: (_, shown) => identityError(name, shown),
    }),
    // An address may not be the server name of TLS; the certificate is held against it all the same.
    options: isIP(name) === 0 ? {} : { "grpc.ssl_target_name_override": "vipward" },
  };
}

function identityError(name: string, shown: PeerCertificate): Error | undefined {
  if (isIP(name) === 0) return checkServerIdentity(name, shown);
  if (new X509Certificate(shown.raw).checkIP(name) !== undefined) return undefined;
  return new Error(`the certificate is not for ${name}: it has ${shown.subjectaltname ?? "no names"}`);
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw new CliError(2, `cannot read ${path}: ${messageOf(thrown)}`);
  }
}
