// What a datagram comes to: opened and read, counted, and either refused under the rule that it breaks or told to its instance.

import type { ReportEvent } from "../../events/event.ts";
import type { ReceivedDatagram } from "../../kernel/vrrp-socket.ts";
import { decodeAdvertisement } from "../core/packets/advertisement.ts";
import type { PacketRule } from "../core/packets/received-packet.ts";
import type { PeerWatch } from "../explaining/peer-watch.ts";
import type { Authentication } from "../sockets/authentication.ts";
import { isDecidedElsewhere } from "../sockets/heartbeat-paths.ts";
import type { Way } from "../sockets/way.ts";
import { isNew, type RunningInstance } from "./running-instance.ts";
import type { Stepper } from "./stepper.ts";

/** What is heard with. */
export interface HearingParts {
  readonly authentication: Authentication;
  readonly peers: PeerWatch;
  readonly stepper: Stepper;
  readonly report: ReportEvent;
}

/** Hears for all instances. */
export class Hearing {
  readonly #parts: HearingParts;

  constructor(parts: HearingParts) {
    this.#parts = parts;
  }

  /** Takes in a datagram that came by one of the instance's ways. Gives whether the instance was stepped. */
  take(instance: RunningInstance, datagram: ReceivedDatagram, way: Way): boolean {
    const { authentication, peers, stepper } = this.#parts;
    const { counters } = instance;
    const opened = authentication.open(instance, datagram);
    const decoded = opened.ok ? decodeAdvertisement(opened.value, way.plan.config) : opened;
    if (!decoded.ok) {
      this.#refuse(instance, datagram, decoded.error);
      peers.refused(instance, opened.ok ? opened.value : datagram, decoded.error);
      return false;
    }
    if (opened.ok) peers.accepted(instance, opened.value, decoded.value);
    const { priority, interval } = decoded.value;
    counters.advertisementsReceived += 1;
    if (priority === 0) counters.priorityZeroReceived += 1;
    if (way.place === 0) instance.ownWayHeardAt = datagram.receivedAt;
    if (isDecidedElsewhere(instance, way, priority, datagram.receivedAt)) return false;
    const { source } = datagram;
    const against = way.plan.source !== undefined && { against: way.plan.source };
    const heardAt = datagram.receivedAt;
    stepper.step(instance, { kind: "advertisement", source, priority, interval, heardAt, ...against });
    return true;
  }

  #refuse(instance: RunningInstance, { source }: ReceivedDatagram, rule: PacketRule): void {
    const { refused } = instance.counters;
    refused[rule] = (refused[rule] ?? 0) + 1;
    if (!isNew(instance, `${source} ${rule}`)) return;
    this.#parts.report({ kind: "advertisement-refused", instance: instance.config.name, source, rule });
  }
}
