// What the agent believes about VRRP's sockets, whichever kernel is behind the port.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Family, ip } from "../../agent/base/address.ts";
import { after, type Instant, instant, milliseconds, seconds } from "../../agent/base/duration.ts";
import {
  type OutgoingDatagram,
  type ReceivedDatagram,
  type VrrpSocket,
  type VrrpSocketOptions,
  vrrpGroups,
} from "../../agent/kernel/vrrp-socket.ts";
import { protect } from "../../agent/vrrp/core/packets/authentication-header.ts";
import { codeThrown } from "./links-contract.ts";

/** What an opened socket received and complained of. */
export interface Heard {
  readonly datagrams: ReceivedDatagram[];
  readonly troubles: string[];
}

/** Two directors on one segment: a has 10.9.0.1/24 and 2001:db8::1/64 on eth0, b the same with 2. */
export interface VrrpSocketWorld extends AsyncDisposable {
  /** Opens on a director's eth0, or on that interface. */
  open(
    director: "a" | "b",
    family: Family,
    options?: Partial<Pick<VrrpSocketOptions, "linkName" | "linkIndex" | "protocol">> & {
      /** "none": unicast only. */
      readonly group?: string;
    },
  ): VrrpSocket & Heard;
  now(): Instant;
  setUp(director: "a" | "b", up: boolean): void;
  removeLink(director: "a" | "b"): void;
  /** Lets time pass until the condition holds; rejects when it does not. */
  until(what: string, condition: () => boolean): Promise<void>;
}

const host = { ipv4: { a: "10.9.0.1", b: "10.9.0.2" }, ipv6: { a: "2001:db8::1", b: "2001:db8::2" } } as const;

/** The cases. */
export function vrrpSocketContract(title: string, why: string | undefined, makeWorld: () => VrrpSocketWorld): void {
  describe.skipIf(why !== undefined)(title, () => {
    let world: VrrpSocketWorld;
    beforeEach(() => {
      world = makeWorld();
    });
    afterEach(async () => {
      await world[Symbol.asyncDispose]();
    });

    const heard = (what: string, { datagrams }: Heard, count: number) =>
      world.until(what, () => datagrams.length >= count);

    for (const family of ["ipv4", "ipv6"] as const) {
      const group = vrrpGroups[family];
      const advertisement = (
        first: number,
        destination: string = group,
        source: string = host[family].a,
      ): OutgoingDatagram => ({
        source: ip(source),
        destination: ip(destination),
        payload: packet(first),
      });
      const received = (datagram: OutgoingDatagram) => ({ ...datagram, timeToLive: 255 });
      const facts = ({ datagrams }: Heard) =>
        datagrams.map(({ receivedAt: _, ...rest }) => ({ ...rest, payload: withoutChecksum(rest.payload) }));

      test(`${family}: an advertisement to the group reaches the other director whole, with time to live 255`, async () => {
        const [a, b] = [world.open("a", family), world.open("b", family)];
        const before = world.now();
        a.send([advertisement(1)]);
        await heard("b hears it", b, 1);
        expect(facts(b)).toEqual([received(advertisement(1))]);
        const at = b.datagrams[0]?.receivedAt ?? instant(0);
        expect(at >= before && at <= world.now()).toBe(true);
      });

      test(`${family}: the advertisements of one send arrive in their order`, async () => {
        const [a, b] = [world.open("a", family), world.open("b", family)];
        const sent = Array.from({ length: 40 }, (_, index) => advertisement(index));
        a.send(sent);
        await heard("b hears all", b, sent.length);
        expect(facts(b)).toEqual(sent.map(received));
      });

      test(`${family}: a director does not hear itself, through another socket on the same interface neither`, async () => {
        const [a, second, b] = [world.open("a", family), world.open("a", family), world.open("b", family)];
        a.send([advertisement(1)]);
        await heard("b hears it", b, 1);
        b.send([advertisement(2, group, host[family].b)]);
        await heard("a hears the answer", a, 1);
        await heard("a's second socket hears the answer", second, 1);
        expect([facts(a), facts(second)]).toEqual([
          [received(advertisement(2, group, host[family].b))],
          [received(advertisement(2, group, host[family].b))],
        ]);
      });

      test(`${family}: a socket hears its own group only`, async () => {
        const other = family === "ipv4" ? "224.0.0.81" : "ff02::81";
        const [a, b, elsewhere] = [
          world.open("a", family),
          world.open("b", family),
          world.open("b", family, { group: other }),
        ];
        a.send([advertisement(1), advertisement(2, other), advertisement(3)]);
        await heard("b hears its group", b, 2);
        await heard("b hears the other group", elsewhere, 1);
        expect(facts(b)).toEqual([received(advertisement(1)), received(advertisement(3))]);
        expect(facts(elsewhere)).toEqual([received(advertisement(2, other))]);
      });

      test(`${family}: a datagram to the director's own address is heard, as unicast peers need it`, async () => {
        const [a, b] = [world.open("a", family), world.open("b", family)];
        a.send([advertisement(1, host[family].b)]);
        await heard("b hears it", b, 1);
        expect(facts(b)).toEqual([received(advertisement(1, host[family].b))]);
      });

      test(`${family}: a socket without a group hears what is sent to the director's own addresses, and no group`, async () => {
        const [a, b, grouped] = [
          world.open("a", family),
          world.open("b", family, { group: "none" }),
          world.open("b", family),
        ];
        a.send([advertisement(1), advertisement(2, host[family].b)]);
        await heard("b hears it", b, 1);
        await heard("the group's socket hears both", grouped, 2);
        expect(facts(b)).toEqual([received(advertisement(2, host[family].b))]);
      });

      test(`${family}: a socket that is bound to no interface hears the director's own addresses, too`, async () => {
        const [a, b] = [
          world.open("a", family),
          world.open("b", family, { group: "none", linkName: "", linkIndex: 0 }),
        ];
        a.send([advertisement(1, host[family].b)]);
        await heard("b hears it", b, 1);
        b.send([advertisement(2, host[family].a, host[family].b)]);
        await heard("a hears the answer", a, 1);
        expect(facts(a)).toEqual([received(advertisement(2, host[family].a, host[family].b))]);
      });

      test(`${family}: a datagram arrives with the time to live that it was sent with`, async () => {
        const [a, b] = [world.open("a", family), world.open("b", family)];
        a.send([{ ...advertisement(1, host[family].b), timeToLive: 64 }, advertisement(2, host[family].b)]);
        await heard("b hears both", b, 2);
        expect(b.datagrams.map(({ timeToLive }) => timeToLive)).toEqual([64, 255]);
      });

      test(`${family}: a closed socket hears nothing more and closing again is no error`, async () => {
        const [a, closed, b] = [world.open("a", family), world.open("b", family), world.open("b", family)];
        closed.close();
        closed.close();
        a.send([advertisement(1)]);
        await heard("the open socket hears it", b, 1);
        expect(closed.datagrams).toEqual([]);
      });

      test(`${family}: sending from an address that the host does not have is refused`, () => {
        const a = world.open("a", family);
        expect(codeThrown(() => a.send([advertisement(1, group, host[family].b)]))).toBe(
          family === "ipv4" ? "ENETUNREACH" : "EINVAL",
        );
      });

      test(`${family}: those before one that is refused have left once, and are counted`, async () => {
        const [a, b] = [world.open("a", family), world.open("b", family)];
        const foreign = advertisement(3, group, host[family].b);
        expect(a.send([advertisement(1), advertisement(2), foreign, advertisement(4)])).toBe(2);
        expect(a.send([advertisement(4)])).toBe(1);
        await heard("b hears those that left", b, 3);
        expect(facts(b)).toEqual([1, 2, 4].map((first) => received(advertisement(first))));
      });

      test(`${family}: what is set to leave at a time leaves then by itself, and is known to have left`, async () => {
        const [a, b] = [world.open("a", family), world.open("b", family)];
        const at = after(world.now(), milliseconds(20));
        a.departure?.set([advertisement(1), advertisement(2)], at, after(at, seconds(10)));
        await heard("b hears both", b, 2);
        expect(facts(b)).toEqual([received(advertisement(1)), received(advertisement(2))]);
        expect((b.datagrams[0]?.receivedAt ?? 0) >= at).toBe(true);
        const left = a.departure?.takeBack();
        expect([left?.count, (left?.at ?? 0) >= at, a.departure?.takeBack()]).toEqual([2, true, undefined]);
      });

      test(`${family}: what leaves only if all has been heard does so when nothing was heard, or all`, async () => {
        const [a, b] = [world.open("a", family), world.open("b", family)];
        const leave = (first: number) => {
          const at = after(world.now(), milliseconds(20));
          a.departure?.set([advertisement(first)], at, after(at, seconds(10)), true);
        };
        leave(1);
        await heard("b hears the first", b, 1);
        b.send([advertisement(2, group, host[family].b)]);
        await heard("a hears b", a, 1);
        leave(3);
        await heard("b hears the second", b, 2);
        expect([a.departure?.takeBack()?.count, facts(b)]).toEqual([
          1,
          [received(advertisement(1)), received(advertisement(3))],
        ]);
      });

      test(`${family}: what is taken back, replaced, too late or refused does not leave at a time`, async () => {
        const [a, b] = [world.open("a", family), world.open("b", family)];
        const { departure } = a;
        const at = after(world.now(), milliseconds(20));
        const latest = after(at, seconds(10));
        departure?.set([advertisement(1)], at, latest);
        expect(departure?.takeBack()).toBeUndefined();
        departure?.set([advertisement(2)], at, latest);
        departure?.set([advertisement(3), advertisement(4, group, host[family].b), advertisement(5)], at, latest);
        await heard("b hears the first", b, 1);
        expect(departure?.takeBack()?.count).toBe(1);
        const past = after(world.now(), milliseconds(-20));
        departure?.set([advertisement(6)], past, past);
        a.send([advertisement(7)]);
        await heard("b hears what was sent", b, 2);
        expect([departure?.takeBack(), facts(b)]).toEqual([
          undefined,
          [received(advertisement(3)), received(advertisement(7))],
        ]);
      });

      test(`${family}: nothing leaves at a time from a socket that was closed, nor by a link that is gone`, async () => {
        const [a, second, b] = [world.open("a", family), world.open("a", family), world.open("b", family)];
        const at = after(world.now(), milliseconds(20));
        a.departure?.set([advertisement(1)], at, after(at, seconds(10)));
        a.close();
        world.removeLink("a");
        const later = after(world.now(), milliseconds(20));
        second.departure?.set([advertisement(2)], later, after(later, seconds(10)));
        await world.until("the time has come", () => world.now() > after(later, milliseconds(20)));
        expect([second.departure?.takeBack(), b.datagrams]).toEqual([undefined, []]);
      });

      test(`${family}: sending is refused with ENETUNREACH on a link that is down, and works again when it is up`, async () => {
        // IPv6 loses the address with the link, so this is about what has none to lose.
        if (family === "ipv6") return;
        const [a, b] = [world.open("a", family), world.open("b", family)];
        world.setUp("a", false);
        expect(codeThrown(() => a.send([advertisement(1)]))).toBe("ENETUNREACH");
        world.setUp("a", true);
        await world.until("b hears a again", () => {
          a.send([advertisement(2)]);
          return b.datagrams.length > 0;
        });
      });

      test(`${family}: sending is refused on a link that was removed`, () => {
        const a = world.open("a", family);
        world.removeLink("a");
        expect(codeThrown(() => a.send([advertisement(1)]))).toBe(family === "ipv4" ? "ENETUNREACH" : "ENODEV");
      });

      test(`${family}: opening on a link that is not there is refused with ENODEV`, () => {
        expect(codeThrown(() => world.open("a", family, { linkName: "eth7", linkIndex: 77 }))).toBe("ENODEV");
      });
    }

    test("authentication headers arrive with the IPv4 header as it was written, its checksum apart, and no other socket hears them", async () => {
      const [a, b] = (["a", "b"] as const).map((name) => world.open(name, "ipv4", { protocol: "ah" }));
      const plain = world.open("b", "ipv4");
      if (a === undefined || b === undefined) throw new Error("no sockets");
      const ends = { source: ip(host.ipv4.a), destination: ip(vrrpGroups.ipv4) };
      const hmac = () => new Uint8Array(16).fill(7);
      const written = protect(packet(9), ends, { hmac, key: new Uint8Array(8), sequence: 3, timeToLive: 255 });
      a.send([{ ...ends, payload: written }]);
      world.open("a", "ipv4").send([{ ...ends, payload: packet(1) }]);
      await heard("b hears the header", b, 1);
      await heard("the other hears the other", plain, 1);
      const [datagram] = b.datagrams;
      const header = datagram?.header?.slice();
      header?.fill(0, 10, 12);
      expect(header?.toHex()).toBe(written.slice(0, 20).toHex());
      expect(datagram?.payload.toHex()).toBe(written.slice(20).toHex());
      expect([b.datagrams.length, plain.datagrams.map(({ payload }) => payload[0])]).toEqual([1, [1]]);
    });

    test("the families do not hear each other", async () => {
      const [a4, a6] = [world.open("a", "ipv4"), world.open("a", "ipv6")];
      const [b4, b6] = [world.open("b", "ipv4"), world.open("b", "ipv6")];
      a4.send([{ source: ip(host.ipv4.a), destination: ip(vrrpGroups.ipv4), payload: packet(4) }]);
      a6.send([{ source: ip(host.ipv6.a), destination: ip(vrrpGroups.ipv6), payload: packet(6) }]);
      await heard("b hears ipv4", b4, 1);
      await heard("b hears ipv6", b6, 1);
      expect([b4, b6].map(({ datagrams }) => datagrams.map(({ payload }) => payload[0]))).toEqual([[4], [6]]);
    });
  });
}

/** Something as long as an advertisement with one address: the sockets carry bytes, whatever they mean. */
function packet(first: number): Uint8Array {
  return new Uint8Array([first, 2, 3, 4, 5, 6, 0, 0, 9, 10, 11, 12]);
}

/** Linux fills in the IPv6 checksum, at the place where VRRP has it. */
function withoutChecksum(payload: Uint8Array): Uint8Array {
  const copy = payload.slice();
  copy.fill(0, 6, 8);
  return copy;
}
