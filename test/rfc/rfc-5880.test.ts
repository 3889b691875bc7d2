// RFC 5880 (BFD), by its sections, in asynchronous mode; what RFC 5881 and 5883 add about ports and hops is in test/bfd.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { after, type Instant, instant, milliseconds } from "../../agent/base/duration.ts";
import {
  type ControlPacket,
  decodeControlPacket,
  encodeControlPacket,
  type SessionKind,
} from "../../agent/bfd/core/control-packet.ts";
import {
  beginSession,
  detectionTimeOf,
  nextDeadline,
  type Session,
  type SessionEvent,
  step,
  transmitIntervalOf,
} from "../../agent/bfd/core/session.ts";
import { nextState } from "../../agent/bfd/core/state-machine.ts";
import { withJitter } from "../../agent/bfd/core/timers.ts";
import type { BfdSessionModel } from "../../agent/config/model.ts";

const usual: BfdSessionModel = {
  ...{ name: "edge", neighbour: ip("10.9.0.2"), sourceAddress: undefined, multihop: false, passive: false },
  ...{ minRx: milliseconds(10), minTx: milliseconds(20), idleTx: milliseconds(1000), multiplier: 5 },
  ...{ timeToLive: 255, maxHops: 0 },
};

/** A packet of the neighbour, which mentions only what matters. */
function packet(some: Partial<ControlPacket> = {}): ControlPacket {
  return {
    ...{ diagnostic: "no diagnostic", state: "down", poll: false, final: false, demand: false, multiplier: 3 },
    ...{ myDiscriminator: 7, yourDiscriminator: 1, desiredMinTx: milliseconds(50), requiredMinRx: milliseconds(30) },
    ...some,
  };
}

/** The life of one session, with a clock that the test moves and chance that always says the same. */
class Life {
  now: Instant = instant(1000);
  config: BfdSessionModel;
  session: Session;
  said: ControlPacket[] = [];
  readonly #chance: number;

  constructor(some: Partial<BfdSessionModel> = {}, chance = 0) {
    this.config = { ...usual, ...some };
    this.#chance = chance;
    this.session = beginSession(this.config, 1, this.now, chance);
  }

  take(event: SessionEvent): this {
    const { session, packets } = step(this.config, this.session, event, this.now, this.#chance);
    this.session = session;
    this.said = [...packets];
    return this;
  }

  hears(some: Partial<ControlPacket> = {}): this {
    return this.take({ kind: "packet", packet: packet(some), heardAt: this.now });
  }

  /** Moves to the next deadline, if there is one. */
  waits(): this {
    this.now = nextDeadline(this.session) ?? this.now;
    return this.take({ kind: "deadline", isUnread: false });
  }

  /** Hears what makes it come up, and the answer to its poll. */
  comesUp(some: Partial<ControlPacket> = {}): this {
    return this.hears()
      .hears({ ...some, state: "up" })
      .hears({ ...some, state: "up", final: true });
  }
}

describe("4.1 generic format", () => {
  const bytes = encodeControlPacket(
    packet({
      diagnostic: "path down",
      state: "up",
      poll: true,
      myDiscriminator: 0x01020304,
      yourDiscriminator: 0xfffefdfc,
    }),
  );

  test("version, diagnostic, state and bits, multiplier, length, discriminators, intervals in microseconds", () => {
    expect([...bytes]).toEqual([
      ...[0x25, 0xe0, 3, 24, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc],
      ...[0, 0, 0xc3, 0x50, 0, 0, 0x75, 0x30, 0, 0, 0, 0],
    ]);
  });

  test("what is written is read", () => {
    expect(decodeControlPacket(bytes)).toEqual({
      ok: true,
      value: packet({
        diagnostic: "path down",
        state: "up",
        poll: true,
        myDiscriminator: 0x01020304,
        yourDiscriminator: 0xfffefdfc,
      }),
    });
  });

  test("a diagnostic that has no meaning yet is reserved", () => {
    const other = bytes.slice();
    other[0] = 0x3f;
    expect(decodeControlPacket(other)).toMatchObject({ ok: true, value: { diagnostic: "reserved" } });
  });
});

describe("6.2 state machine", () => {
  const states = ["admin-down", "down", "init", "up"] as const;
  const drawn: Readonly<Record<SessionKind, readonly SessionKind[]>> = {
    "admin-down": ["admin-down", "admin-down", "admin-down", "admin-down"],
    down: ["down", "init", "up", "down"],
    init: ["down", "init", "up", "up"],
    up: ["down", "down", "up", "up"],
  };

  for (const own of states)
    test(`a session that is ${own} follows its neighbour as drawn`, () => {
      expect(states.map((neighbour) => nextState(own, neighbour))).toEqual([...drawn[own]]);
    });
});

describe("6.3 demultiplexing and the discriminator fields", () => {
  test("what the neighbour calls itself is what it is called from then on", () => {
    expect(new Life().hears({ myDiscriminator: 99, yourDiscriminator: 0 }).said).toMatchObject([
      { yourDiscriminator: 99 },
    ]);
  });
});

describe("6.5 the poll sequence", () => {
  test("a question is answered at once, with the final bit and without the poll bit", () => {
    const life = new Life().comesUp().take({ kind: "configuration-changed" });
    expect(life.hears({ state: "up", poll: true }).said).toMatchObject([{ poll: false, final: true }]);
  });

  test("a session that comes up asks in each packet until it is answered", () => {
    const life = new Life().hears().hears({ state: "up" });
    expect(life.said).toMatchObject([{ state: "up", poll: true }]);
    expect(life.waits().said).toMatchObject([{ poll: true }]);
    expect(life.hears({ state: "up", final: true }).waits().said).toMatchObject([{ poll: false }]);
  });
});

describe("6.8.1 state variables", () => {
  test("a neighbour that is silent for the detection time has no discriminator any more", () => {
    const life = new Life({ minTx: milliseconds(5000) }).waits().comesUp();
    expect(life.waits().session).toMatchObject({ kind: "down", remote: { discriminator: 0, state: "down" } });
    expect(life.said).toMatchObject([{ yourDiscriminator: 0 }]);
  });

  test("before anything was heard the neighbour takes packets at any speed", () => {
    expect(transmitIntervalOf(new Life().session)).toBe(milliseconds(1000));
  });
});

describe("6.8.3 timer manipulation", () => {
  test("a session that is not up sends once a second or less often, whatever is wished", () => {
    const life = new Life({ minTx: milliseconds(10) });
    expect(life.waits().said).toMatchObject([{ desiredMinTx: milliseconds(1000) }]);
    expect(new Life({ idleTx: milliseconds(3000) }).waits().said).toMatchObject([{ desiredMinTx: milliseconds(3000) }]);
  });

  test("a shorter interval counts at once, a longer one when the neighbour has answered", () => {
    const life = new Life().comesUp({ requiredMinRx: milliseconds(1) });
    expect(transmitIntervalOf(life.session)).toBe(milliseconds(20));
    life.config = { ...life.config, minTx: milliseconds(5) };
    expect(transmitIntervalOf(life.take({ kind: "configuration-changed" }).session)).toBe(milliseconds(5));
    life.hears({ state: "up", requiredMinRx: milliseconds(1), final: true });
    life.config = { ...life.config, minTx: milliseconds(500) };
    expect(transmitIntervalOf(life.take({ kind: "configuration-changed" }).session)).toBe(milliseconds(5));
    expect(life.waits().said).toMatchObject([{ desiredMinTx: milliseconds(500), poll: true }]);
    expect(transmitIntervalOf(life.hears({ state: "up", final: true }).session)).toBe(milliseconds(500));
  });

  test("what is received more often than before shortens the detection time when the neighbour has answered", () => {
    const life = new Life({ minRx: milliseconds(200) }).comesUp();
    expect(detectionTimeOf(life.session)).toBe(milliseconds(600));
    life.config = { ...life.config, minRx: milliseconds(100) };
    expect(detectionTimeOf(life.take({ kind: "configuration-changed" }).session)).toBe(milliseconds(600));
    expect(detectionTimeOf(life.hears({ state: "up", final: true }).session)).toBe(milliseconds(300));
  });
});

describe("6.8.4 calculating the detection time", () => {
  test("it is the neighbour's multiplier times the slower of its wish and what we can take", () => {
    expect(detectionTimeOf(new Life().comesUp().session)).toBe(milliseconds(150));
    expect(detectionTimeOf(new Life({ minRx: milliseconds(70) }).comesUp().session)).toBe(milliseconds(210));
  });

  test("a session whose neighbour is silent for so long is down, says why, and says it at once", () => {
    const life = new Life({ minTx: milliseconds(5000) }).waits().comesUp();
    const heardAt = life.now;
    expect(life.waits().now).toBe(after(heardAt, milliseconds(150)));
    expect(life.session).toMatchObject({ kind: "down", diagnostic: "control detection time expired" });
    expect(life.said).toMatchObject([{ state: "down", diagnostic: "control detection time expired" }]);
  });

  test("it counts from when the packet came, not from when it was read", () => {
    const life = new Life({ minTx: milliseconds(5000) }).comesUp();
    const came = life.now;
    life.now = after(came, milliseconds(100));
    life.take({ kind: "packet", packet: packet({ state: "up" }), heardAt: after(came, milliseconds(60)) });
    expect(life.session.silentAt).toBe(after(came, milliseconds(210)));
  });

  test("a neighbour whose packets may wait unread is not silent yet", () => {
    const life = new Life({ minTx: milliseconds(5000) }).comesUp();
    life.now = after(life.now, milliseconds(200));
    expect(life.take({ kind: "deadline", isUnread: true }).session.kind).toBe("up");
    expect(life.take({ kind: "deadline", isUnread: false }).session.kind).toBe("down");
  });
});

describe("6.8.6 reception of control packets", () => {
  const whole = encodeControlPacket(packet({ state: "up" }));
  const damaged: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[] = [
    ["version is not 1", (bytes) => bytes.fill(0x40, 0, 1)],
    ["length is too small", (bytes) => bytes.fill(23, 3, 4)],
    ["length is too small", (bytes) => bytes.subarray(0, 23)],
    ["length is too small", (bytes) => bytes.fill(0xc4, 1, 2)],
    ["length is greater than the datagram", (bytes) => bytes.fill(25, 3, 4)],
    ["detect multiplier is zero", (bytes) => bytes.fill(0, 2, 3)],
    ["multipoint bit is set", (bytes) => bytes.fill(0xc1, 1, 2)],
    ["my discriminator is zero", (bytes) => bytes.fill(0, 4, 8)],
    ["your discriminator is zero in this state", (bytes) => bytes.fill(0, 8, 12)],
    ["authentication is not in use", (bytes) => Uint8Array.from([...bytes.fill(0xc4, 1, 2).fill(26, 3, 4), 1, 2])],
  ];

  for (const [rule, damage] of damaged)
    test(`${rule}`, () => {
      expect(decodeControlPacket(damage(whole.slice()))).toEqual({ ok: false, error: rule as never });
    });

  test("a discriminator of zero is right in the states down and admin-down", () => {
    for (const state of ["down", "admin-down"] as const)
      expect(decodeControlPacket(encodeControlPacket(packet({ state, yourDiscriminator: 0 }))).ok).toBe(true);
  });

  test("a session that was ended on purpose hears nothing", () => {
    const life = new Life().comesUp().take({ kind: "stop" });
    expect(life.hears().session.kind).toBe("admin-down");
    expect(life.said).toEqual([]);
  });

  test("a neighbour that ends the session is down, and why is what it said", () => {
    const life = new Life().comesUp().hears({ state: "admin-down", diagnostic: "administratively down" });
    expect(life.session).toMatchObject({
      ...{ kind: "down", diagnostic: "neighbor signaled session down" },
      remote: { diagnostic: "administratively down" },
    });
  });

  test("in demand mode of the neighbour nothing is sent periodically while both are up", () => {
    const life = new Life().comesUp({ demand: true });
    expect(life.session.sendAt).toBeUndefined();
    expect(life.hears({ state: "up", demand: false }).session.sendAt).toBeDefined();
  });
});

describe("6.8.7 transmission of control packets", () => {
  test("the interval is what we wish and the neighbour can take", () => {
    expect(transmitIntervalOf(new Life().comesUp().session)).toBe(milliseconds(30));
    expect(transmitIntervalOf(new Life({ minTx: milliseconds(60) }).comesUp().session)).toBe(milliseconds(60));
  });

  test("it is shortened by chance to 75 to 100 %, with a multiplier of 1 to 75 to 90 %", () => {
    const interval = milliseconds(100);
    expect([0, 1].map((chance) => withJitter(interval, 2, chance))).toEqual([75, 100].map(milliseconds));
    expect([0, 1].map((chance) => withJitter(interval, 1, chance))).toEqual([75, 90].map(milliseconds));
  });

  test("a packet may leave from 75 % on, when somebody looks, and leaves at its own time at the latest", () => {
    const life = new Life({ minTx: milliseconds(100) }, 0.8).comesUp();
    life.now = life.session.sendAt ?? life.now;
    life.take({ kind: "deadline", isUnread: false }).hears({ state: "up" });
    const sentAt = life.now;
    expect(life.session).toMatchObject({ sendFrom: sentAt + 75, sendAt: sentAt + 95 });
    life.now = after(sentAt, milliseconds(74));
    expect(life.take({ kind: "deadline", isUnread: false }).said).toEqual([]);
    life.now = after(sentAt, milliseconds(75));
    expect(life.take({ kind: "deadline", isUnread: false }).said).toHaveLength(1);
  });

  test("a neighbour that can take nothing is sent nothing periodically, and answered all the same", () => {
    const life = new Life().hears({ requiredMinRx: milliseconds(0) });
    expect(life.session.sendAt).toBeUndefined();
    expect(life.hears({ requiredMinRx: milliseconds(0), poll: true }).said).toMatchObject([{ final: true }]);
  });

  test("a passive end says nothing before it has heard the other, nor after that one is silent", () => {
    const life = new Life({ passive: true });
    expect(life.session.sendAt).toBeUndefined();
    expect(life.hears().said).toMatchObject([{ state: "init" }]);
    expect(life.session.sendAt).toBeDefined();
    life.now = life.session.silentAt ?? life.now;
    expect(life.take({ kind: "deadline", isUnread: false }).session).toMatchObject({ kind: "down", sendAt: undefined });
  });

  test("a change of state is said at once and not with the next packet", () => {
    expect(new Life().hears().said).toMatchObject([{ state: "init" }]);
  });
});

describe("6.8.16 administrative control", () => {
  test("a session that ends says so", () => {
    expect(new Life().comesUp().take({ kind: "stop" }).said).toMatchObject([
      { state: "admin-down", diagnostic: "administratively down", yourDiscriminator: 7 },
    ]);
  });
});
