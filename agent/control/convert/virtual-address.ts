// Virtual addresses on the wire and in documents.

import { formatInterfaceAddress } from "../../base/address.ts";
import type { VirtualAddressSettings } from "../../config/schema/virtual-address.ts";
import type { VirtualAddress } from "../gen/vipward/v1/config.pb.ts";
import { type DocumentObject, present } from "./present.ts";

/** A virtual address on the wire. */
export function virtualAddressOf({ address, peer, ...options }: VirtualAddressSettings): VirtualAddress {
  return {
    ...noOptions,
    ...options,
    address: formatInterfaceAddress(address),
    peer: peer === undefined ? undefined : formatInterfaceAddress(peer),
  };
}

/** A virtual address in a document. */
export function virtualAddressDocument({ address, ...options }: VirtualAddress): DocumentObject {
  return present({ address: address === "" ? undefined : address, ...options });
}

const noOptions = {
  interface: undefined,
  virtualMac: undefined,
  broadcast: undefined,
  scope: undefined,
  label: undefined,
  preferred: undefined,
  home: undefined,
  managesTemporary: undefined,
  prefixRoute: undefined,
  autojoin: undefined,
  track: undefined,
  trackGroup: undefined,
};
