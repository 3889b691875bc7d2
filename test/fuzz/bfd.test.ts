// What a stranger may send to the ports of BFD: random bytes and damaged control packets. Nothing throws, whatever is refused is refused by the
// name of a rule, and what is accepted would be written the same. FUZZ_PACKETS is the number of inputs, VIPWARD_SEED draws others.

import { expect, setDefaultTimeout, test } from "bun:test";
import { milliseconds } from "../../agent/base/duration.ts";
import { seededRandom } from "../../agent/base/random.ts";
import { decodeControlPacket, encodeControlPacket, packetRules } from "../../agent/bfd/core/control-packet.ts";
import { session, World } from "../bfd/world.ts";
import { seed } from "../support/seed.ts";

setDefaultTimeout(600_000);
const inputs = Number(process.env.FUZZ_PACKETS ?? 3000);
const rules: readonly string[] = packetRules;

const right = encodeControlPacket({
  ...{ diagnostic: "no diagnostic", state: "up", poll: true, final: false, demand: false, multiplier: 5 },
  ...{ myDiscriminator: 5, yourDiscriminator: 9, desiredMinTx: milliseconds(10), requiredMinRx: milliseconds(10) },
});

/** Random bytes, or a right packet with some of its bytes replaced, cut or made longer. */
function anything(random: () => number): Uint8Array {
  const size = Math.floor(random() * 60);
  if (random() < 0.3) return Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
  const bytes = Uint8Array.from({ length: random() < 0.2 ? size : right.length }, (_, index) => right[index] ?? 0);
  for (let count = Math.floor(random() * 3); count > 0; count--)
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return bytes;
}

test(`seed ${seed}, ${inputs} inputs: refused by a rule, or a packet that would be written the same`, () => {
  const random = seededRandom(seed);
  for (let count = 0; count < inputs; count++) {
    const bytes = anything(random);
    const decoded = decodeControlPacket(bytes);
    if (!decoded.ok) expect(rules).toContain(decoded.error);
    else expect(decodeControlPacket(encodeControlPacket(decoded.value))).toEqual(withoutReserved(decoded));
  }
});

/** A diagnostic without a meaning is written as none. */
function withoutReserved<T extends { readonly value: { readonly diagnostic: string } }>(decoded: T): T {
  if (decoded.value.diagnostic !== "reserved") return decoded;
  return { ...decoded, value: { ...decoded.value, diagnostic: "no diagnostic" } };
}

test(`seed ${seed}, ${inputs} inputs: a session survives them all, and a new one comes up`, () => {
  const random = seededRandom(seed);
  const world = new World(seed);
  const [a, b] = world.pair();
  for (let count = 0; count < inputs; count++) {
    world.wire.inject(random() < 0.5 ? b.address : a.address, a.address, 3784, 255, anything(random));
    if (count % 50 === 0) world.wait(random() * 20);
  }
  // What was forged may say that the neighbour can take nothing: only a new session knows nothing of that.
  a.driver.configure([]);
  a.driver.configure([session("10.9.0.2")]);
  b.driver.configure([]);
  b.driver.configure([session("10.9.0.1")]);
  world.wait(12_000);
  expect([a.state, b.state]).toEqual(["up", "up"]);
});
