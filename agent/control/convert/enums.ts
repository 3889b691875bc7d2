// The enums of the configuration and the words that documents have for them. UNSPECIFIED is a field that is not set.

import {
  Authentication_Type,
  Family,
  Forwarding,
  Protocol,
  Tunnel_Checksum,
  Tunnel_Type,
  VrrpInstance_InitialState,
} from "../gen/vipward/v1/config.pb.ts";

/** The words of an enum and its numbers. */
export class EnumWords<Word extends string, Value extends number> {
  readonly #values: Readonly<Record<Word, Value>>;
  readonly #words: ReadonlyMap<Value, Word>;

  constructor(values: Readonly<Record<Word, Value>>) {
    this.#values = values;
    this.#words = new Map((Object.keys(values) as Word[]).map((word) => [values[word], word]));
  }

  /** The word; undefined for UNSPECIFIED. A number that this build does not know becomes itself, for the schema to refuse. */
  word(value: Value): Word | number | undefined {
    return value === 0 ? undefined : (this.#words.get(value) ?? value);
  }

  /** The number; 0 (UNSPECIFIED) for undefined. */
  value(word: Word | undefined): Value {
    return word === undefined ? (0 as Value) : this.#values[word];
  }
}

export const initialStates = new EnumWords<"master" | "backup", VrrpInstance_InitialState>({
  master: VrrpInstance_InitialState.INITIAL_STATE_MASTER,
  backup: VrrpInstance_InitialState.INITIAL_STATE_BACKUP,
});
export const authenticationTypes = new EnumWords<"none" | "pass" | "ah", Authentication_Type>({
  none: Authentication_Type.TYPE_NONE,
  pass: Authentication_Type.TYPE_PASS,
  ah: Authentication_Type.TYPE_AH,
});
export const protocolWords = new EnumWords<"tcp" | "udp" | "sctp", Protocol>({
  tcp: Protocol.PROTOCOL_TCP,
  udp: Protocol.PROTOCOL_UDP,
  sctp: Protocol.PROTOCOL_SCTP,
});
export const families = new EnumWords<"ipv4" | "ipv6", Family>({ ipv4: Family.FAMILY_IPV4, ipv6: Family.FAMILY_IPV6 });
export const forwardings = new EnumWords<"masquerade" | "direct" | "tunnel", Forwarding>({
  masquerade: Forwarding.FORWARDING_MASQUERADE,
  direct: Forwarding.FORWARDING_DIRECT,
  tunnel: Forwarding.FORWARDING_TUNNEL,
});
export const tunnelTypes = new EnumWords<"ipip" | "gue" | "gre", Tunnel_Type>({
  ipip: Tunnel_Type.TYPE_IPIP,
  gue: Tunnel_Type.TYPE_GUE,
  gre: Tunnel_Type.TYPE_GRE,
});
export const tunnelChecksums = new EnumWords<"none" | "full" | "remote", Tunnel_Checksum>({
  none: Tunnel_Checksum.CHECKSUM_NONE,
  full: Tunnel_Checksum.CHECKSUM_FULL,
  remote: Tunnel_Checksum.CHECKSUM_REMOTE,
});
