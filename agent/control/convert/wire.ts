// The ways and checks of an instance's advertisements, to the wire and back.

import type { VrrpInstanceSettings } from "../../config/schema/settings.ts";
import type { UnicastPeerSettings } from "../../config/schema/unicast.ts";
import type { VrrpInstance } from "../gen/vipward/v1/config.pb.ts";
import {
  type AuthHmac,
  AuthHmac_AntiReplay,
  AuthHmac_Mode,
  type HeartbeatPath,
  type Unicast,
  type UnicastPeer,
} from "../gen/vipward/v1/wire.pb.ts";
import { EnumWords } from "./enums.ts";
import { type DocumentObject, list, present } from "./present.ts";
import { durationText, optionalDuration } from "./time.ts";

type Wire = Pick<
  VrrpInstance,
  "unicast" | "heartbeatPaths" | "strictChecksum" | "checkAdvertisedAddresses" | "authHmac" | "vrf"
>;

/** The ways and checks of an instance on the wire. */
export function wireOf(instance: VrrpInstanceSettings): Wire {
  const { unicast, heartbeatPaths, strictChecksum, checkAdvertisedAddresses, authHmac, vrf } = instance;
  return {
    vrf,
    unicast: { ...unicast, checkSource: unicast.checkSource, peers: unicast.peers.map(peerOf) },
    heartbeatPaths: heartbeatPaths.map(pathOf),
    strictChecksum,
    checkAdvertisedAddresses,
    authHmac: authHmac && hmacOf(authHmac),
  };
}

/** The same fields of a document. */
export function wireFields(instance: VrrpInstance): DocumentObject {
  const { unicast, heartbeatPaths, strictChecksum, checkAdvertisedAddresses, authHmac, vrf } = instance;
  return {
    vrf,
    unicast: unicast && unicastDocument(unicast),
    heartbeatPaths: list(heartbeatPaths, pathDocument),
    strictChecksum,
    checkAdvertisedAddresses,
    authHmac: authHmac && hmacDocument(authHmac),
  };
}

/** An instance's keys without what is write-only. */
export function withoutKeys(authHmac: AuthHmac | undefined): AuthHmac | undefined {
  return authHmac && { ...authHmac, keys: authHmac.keys.map((one) => ({ ...one, key: undefined })) };
}

function peerOf({ address, minTtl, maxTtl }: UnicastPeerSettings): UnicastPeer {
  return { address, minTtl, maxTtl };
}

function pathOf({ peers, sourceAddress, multicastGroup, ...path }: VrrpInstanceSettings["heartbeatPaths"][number]) {
  return { ...path, sourceAddress, multicastGroup, peers: peers.map(peerOf) };
}

function hmacOf(settings: NonNullable<VrrpInstanceSettings["authHmac"]>): AuthHmac {
  return {
    keys: settings.keys.map(({ id, key, file }) => ({ id, key, file })),
    activeKey: settings.activeKey,
    antiReplay: antiReplays.value(settings.antiReplay),
    timeWindow: optionalDuration(settings.timeWindow),
    mode: modes.value(settings.mode),
  };
}

function unicastDocument({ peers, ...unicast }: Unicast): DocumentObject {
  return present({ ...unicast, peers: list(peers, peerDocument) });
}

function peerDocument(peer: UnicastPeer): DocumentObject {
  return present({ ...peer });
}

function pathDocument({ interface: link, peers, ...path }: HeartbeatPath): DocumentObject {
  return present({ ...path, interface: link === "" ? undefined : link, peers: list(peers, peerDocument) });
}

function hmacDocument({ keys, activeKey, antiReplay, timeWindow, mode }: AuthHmac): DocumentObject {
  return present({
    keys: list(keys, (key) => present({ ...key })),
    activeKey,
    antiReplay: antiReplays.word(antiReplay),
    timeWindow: durationText(timeWindow),
    mode: modes.word(mode),
  });
}

const antiReplays = new EnumWords<"time" | "monotonic", AuthHmac_AntiReplay>({
  time: AuthHmac_AntiReplay.ANTI_REPLAY_TIME,
  monotonic: AuthHmac_AntiReplay.ANTI_REPLAY_MONOTONIC,
});
const modes = new EnumWords<"enforce" | "permissive" | "receive-only", AuthHmac_Mode>({
  enforce: AuthHmac_Mode.MODE_ENFORCE,
  permissive: AuthHmac_Mode.MODE_PERMISSIVE,
  "receive-only": AuthHmac_Mode.MODE_RECEIVE_ONLY,
});
