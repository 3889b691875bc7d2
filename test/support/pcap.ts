/** Captures as tcpdump -w writes them (pcap, little endian, Ethernet), for tests that compare advertisements byte by byte. */

/** The type of Ethernet frames with IPv6. */
const ipv6 = 0x86dd;

/**
 * The last advertisement of each virtual router, as hexadecimal digits: where it goes, its TTL or hop limit, and the VRRP packet. What belongs
 * to the sender and the moment is left out: the hardware source, the identification, and over IPv6 the checksum, which covers the sender's own
 * link-local address. Priority 0 does not count.
 */
export function advertisementsIn(capture: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (const frame of framesIn(capture)) {
    const type = frame.readUInt16BE(12);
    const packet = frame.subarray(14);
    const [length, ttl, addresses] =
      type === ipv6
        ? [40, packet[7], packet.subarray(24, 40)]
        : [((packet[0] ?? 0) % 16) << 2, packet[8], packet.subarray(16, 20)];
    const end = type === ipv6 ? 40 + packet.readUInt16BE(4) : packet.readUInt16BE(2);
    const payload = packet.subarray(length, end);
    if (payload[2] === 0) continue;
    if (type === ipv6) payload.fill(0, 6, 8);
    const to = frame.subarray(0, 6).toString("hex");
    found.set(
      `${type.toString(16)} ${payload[1]}`,
      [to, addresses.toString("hex"), ttl, payload.toString("hex")].join(" "),
    );
  }
  return found;
}

function* framesIn(capture: Buffer): Generator<Buffer> {
  for (let at = 24; at + 16 <= capture.length; ) {
    const length = capture.readUInt32LE(at + 8);
    if (at + 16 + length > capture.length) return;
    yield capture.subarray(at + 16, at + 16 + length);
    at += 16 + length;
  }
}
