import { describe, expect, test } from "bun:test";
import { ip } from "../../base/address.ts";
import { instant } from "../../base/duration.ts";
import type { Departed, OutgoingDatagram, VrrpSocket } from "../../kernel/vrrp-socket.ts";
import type { Ahead } from "../core/ahead.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import { Departing } from "./departing.ts";

const instance = {} as RunningInstance;
const ahead: Ahead = { source: ip("192.0.2.1"), priority: 100, at: instant(4), latest: instant(9), takesOver: false };
const datagram: OutgoingDatagram = { source: ip("192.0.2.1"), destination: ip("192.0.2.2"), payload: new Uint8Array() };

/** A socket of which so many leave at that time; undefined: nothing does. */
function socketThatSends(departed: Departed | undefined, set = () => {}): VrrpSocket {
  return { send: () => 0, close: () => {}, departure: { set, takeBack: () => departed } };
}

const letters = (socket: VrrpSocket, count: number) => Array.from({ length: count }, () => ({ socket, datagram }));

describe("an advertisement that leaves by itself by several ways", () => {
  test("has left when the first of it has, and what has not is left over", () => {
    const early = socketThatSends({ at: instant(5), count: 2 });
    const partly = socketThatSends({ at: instant(4), count: 1 });
    const refusing = socketThatSends(undefined);
    const ways = [...letters(early, 2), ...letters(partly, 3), ...letters(refusing, 1)];
    const departing = new Departing();
    departing.set(instance, ways, ahead);
    const departed = departing.takeBack();
    expect([departed?.at, departed?.rest.length]).toEqual([instant(4), 3]);
    expect(departed?.rest.map(({ socket }) => socket)).toEqual([partly, partly, refusing]);
    expect(departing.takeBack()).toBeUndefined();
  });

  test("has not left where no way has taken it: it is sent as ever", () => {
    const departing = new Departing();
    departing.set(instance, letters(socketThatSends(undefined), 2), ahead);
    expect(departing.takeBack()).toBeUndefined();
  });

  test("is sent by the others where one way cannot be asked, or knows nothing of it", () => {
    const broken = socketThatSends(undefined, () => {
      throw new Error("timerfd_create: EMFILE");
    });
    const unknowing: VrrpSocket = { send: () => 0, close: () => {} };
    const working = socketThatSends({ at: instant(4), count: 1 });
    const departing = new Departing();
    departing.set(
      instance,
      [broken, unknowing, working].flatMap((socket) => letters(socket, 1)),
      ahead,
    );
    expect(departing.takeBack()?.rest.map(({ socket }) => socket)).toEqual([broken, unknowing]);
  });
});
