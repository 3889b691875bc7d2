// What the agent believes about frame sockets, whichever kernel is behind the port.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { FrameSocket } from "../../agent/kernel/frame-socket.ts";
import { codeThrown } from "./links-contract.ts";

/** A director on a segment, and somebody who reads all that crosses it. */
export interface FrameSocketWorld extends AsyncDisposable {
  /** Opens on the director's interface, or on the one with that index. */
  open(linkIndex?: number): FrameSocket;
  /** The frames of the test's EtherType that crossed the segment so far. */
  readonly seen: readonly Uint8Array[];
  setUp(up: boolean): void;
  removeLink(): void;
  until(what: string, condition: () => boolean): Promise<void>;
}

/** The EtherType of the frames here: the first of those that IEEE 802 leaves to experiments. */
export const testEtherType = 0x88b5;

/** The cases. */
export function frameSocketContract(title: string, why: string | undefined, makeWorld: () => FrameSocketWorld): void {
  describe.skipIf(why !== undefined)(title, () => {
    let world: FrameSocketWorld;
    beforeEach(() => {
      world = makeWorld();
    });
    afterEach(async () => {
      await world[Symbol.asyncDispose]();
    });

    test("frames cross the segment unchanged and in their order", async () => {
      const frames = Array.from({ length: 20 }, (_, index) => frame(index));
      world.open().send(frames);
      await world.until("all are seen", () => world.seen.length === frames.length);
      expect(world.seen).toEqual(frames);
    });

    test("no frames are no error", () => {
      world.open().send([]);
      expect(world.seen).toEqual([]);
    });

    test("a link that is down refuses with ENETDOWN, and takes frames again when it is up", async () => {
      const socket = world.open();
      world.setUp(false);
      expect(codeThrown(() => socket.send([frame(1)]))).toBe("ENETDOWN");
      world.setUp(true);
      await world.until("a frame is seen", () => {
        socket.send([frame(2)]);
        return world.seen.length > 0;
      });
    });

    test("a link that was removed refuses with ENXIO", () => {
      const socket = world.open();
      world.removeLink();
      expect(codeThrown(() => socket.send([frame(1)]))).toBe("ENXIO");
    });

    test("opening on a link that is not there is refused with ENODEV", () => {
      expect(codeThrown(() => world.open(77_777))).toBe("ENODEV");
    });
  });
}

/** A broadcast of 60 bytes, the least that Ethernet carries. */
function frame(number: number): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.set([
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0x02,
    0,
    0,
    0,
    0,
    7,
    testEtherType >> 8,
    testEtherType & 0xff,
    number,
  ]);
  return bytes;
}
