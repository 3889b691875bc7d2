// What the agent believes about IPVS, whichever kernel is behind the port.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import { codeOf } from "../../agent/base/errors.ts";
import type {
  Destination,
  Forwarding,
  IpvsOperation,
  IpvsPort,
  RefusedOperation,
  Service,
  ServiceKey,
} from "../../agent/kernel/ipvs.ts";
import { serviceKeyText } from "../../agent/kernel/ipvs.ts";
import { kernelSchedulers, zeroCounters } from "../../agent/kernel/memory/ipvs.ts";

/** IPVS of a namespace of its own, empty. */
export interface IpvsWorld extends Disposable {
  readonly ipvs: IpvsPort;
  /** The same IPVS through a port with so little room for answers that the refusals of one send cannot fit. */
  readonly cramped: IpvsPort;
}

/** No scheduler flags. */
export const noFlags = { flag1: false, flag2: false, flag3: false, onePacket: false } as const;

/** The key of a TCP service. */
export function tcp(address: string, port: number): ServiceKey {
  return { kind: "address", protocol: "tcp", address: ip(address), port };
}

/** A service as plain as can be. */
export function service(key: ServiceKey, settings: Partial<Service> = {}): Service {
  return { key, scheduler: "wrr", flags: noFlags, ...settings };
}

/** A destination as plain as can be. */
export function destination(address: string, port: number, settings: Partial<Destination> = {}): Destination {
  const plain = { weight: 1, forwarding: { method: "masquerade" }, upperThreshold: 0, lowerThreshold: 0 } as const;
  return { address: ip(address), port, ...plain, ...settings };
}

const addService = (wished: Service): IpvsOperation => ({ kind: "add-service", service: wished });
const add = (key: ServiceKey, wished: Destination): IpvsOperation => ({
  kind: "add-destination",
  key,
  destination: wished,
});
const update = (key: ServiceKey, wished: Destination): IpvsOperation => ({
  kind: "update-destination",
  key,
  destination: wished,
});
const remove = (key: ServiceKey, wished: Destination): IpvsOperation => ({
  kind: "remove-destination",
  key,
  destination: wished,
});

const web = tcp("10.9.0.100", 80);

/** The cases. */
export function ipvsContract(title: string, why: string | undefined, makeWorld: () => IpvsWorld): void {
  describe.skipIf(why !== undefined)(title, () => {
    let world: IpvsWorld;
    beforeEach(() => {
      world = makeWorld();
    });
    afterEach(() => world[Symbol.dispose]());

    const apply = (...operations: IpvsOperation[]) => codes(world.ipvs.apply(operations));
    const table = () =>
      world.ipvs
        .observe()
        .map((observed) => ({
          service: observed.service,
          destinations: observed.destinations.map((found) => found.destination),
        }))
        .sort((a, b) => (serviceKeyText(a.service.key) < serviceKeyText(b.service.key) ? -1 : 1));
    const services = () => table().map((entry) => entry.service);
    const destinationsOf = (key: ServiceKey) =>
      world.ipvs.observeService(key)?.destinations.map((found) => found.destination);

    test("ipvs tells its version", () => {
      expect(world.ipvs.info().version).toMatch(/^1\.2\.\d+$/);
    });

    test("an empty table is an empty list, and a service that is not there is undefined", () => {
      expect(world.ipvs.observe()).toEqual([]);
      expect(world.ipvs.observeService(web)).toBeUndefined();
      expect(world.ipvs.apply([])).toEqual([]);
    });

    test("the services alone can be asked for, each exactly as it was wished", () => {
      const wished = [
        service(web, { persistence: { timeout: seconds(50), granularity: 24 } }),
        service({ kind: "mark", mark: 7, family: "ipv6" }, { flags: { ...noFlags, onePacket: true } }),
      ];
      expect(apply(...wished.map(addService), add(web, destination("10.9.0.11", 80)))).toEqual([]);
      const byKey = (a: Service, b: Service) => (serviceKeyText(a.key) < serviceKeyText(b.key) ? -1 : 1);
      expect([...world.ipvs.observeServices()].sort(byKey)).toEqual([...wished].sort(byKey));
    });

    test("the destinations of one service alone can be asked for, each exactly as it was wished", () => {
      const [first, second] = [
        destination("10.9.0.11", 80),
        destination("10.9.0.12", 81, { weight: 7, upperThreshold: 9 }),
      ];
      expect(apply(addService(service(web)), add(web, first), add(web, second))).toEqual([]);
      expect(world.ipvs.observeDestinations(web)).toEqual([second, first]);
      expect(world.ipvs.observeDestinations(tcp("10.9.0.101", 80))).toEqual([]);
    });

    test("a service and its destinations are observed exactly as they were wished, without connections and with counters at zero", () => {
      const wished = service(web);
      const [first, second] = [
        destination("10.9.0.11", 8080, { weight: 0 }),
        destination("10.9.0.12", 80, { weight: 65_535 }),
      ];
      expect(apply(addService(wished), add(web, first), add(web, second))).toEqual([]);
      const idle = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, counters: zeroCounters };
      const observed = {
        service: wished,
        counters: zeroCounters,
        destinations: [
          { destination: second, ...idle },
          { destination: first, ...idle },
        ],
      };
      expect(world.ipvs.observe()).toEqual([observed]);
      expect(world.ipvs.observeService(web)).toEqual(observed);
    });

    test("every scheduler can be had; twos (Linux 5.12) where the kernel was built with it", () => {
      const wished = kernelSchedulers.map((scheduler, index) =>
        service(tcp("10.9.0.100", 1000 + index), { scheduler }),
      );
      const refused = world.ipvs.apply(wished.map(addService)).map(({ operation }) => operation);
      const missing = wished.filter(({ scheduler }) => scheduler === "twos" && refused.length > 0);
      expect(refused).toEqual(missing.map(addService));
      expect(services()).toEqual(wished.filter((one) => !missing.includes(one)));
    });

    test("services of all kinds are observed exactly as they were wished", () => {
      const wished: Service[] = [
        service({ kind: "mark", mark: 300, family: "ipv4" }),
        service(
          { kind: "mark", mark: 300, family: "ipv6" },
          { persistence: { timeout: seconds(60), granularity: 64 } },
        ),
        service(
          { kind: "mark", mark: 0xfffffffe, family: "ipv4" },
          { persistence: { timeout: seconds(1), granularity: 0 } },
        ),
        service({ kind: "address", protocol: "sctp", address: ip("10.9.0.100"), port: 80 }),
        service(tcp("10.9.0.100", 0), { persistence: { timeout: seconds(360), granularity: 32 } }),
        service(tcp("10.9.0.100", 443), { scheduler: "mh", flags: { ...noFlags, flag1: true, flag2: true } }),
        service(tcp("10.9.0.100", 65_535), { persistence: { timeout: seconds(86_400), granularity: 24 } }),
        service(tcp("2001:db8::100", 443), { scheduler: "sh", flags: { ...noFlags, flag3: true } }),
        service(tcp("2001:db8::100", 80), { persistence: { timeout: seconds(300), granularity: 128 } }),
        service(
          { kind: "address", protocol: "udp", address: ip("10.9.0.100"), port: 53 },
          { flags: { ...noFlags, onePacket: true } },
        ),
      ].sort((a, b) => (serviceKeyText(a.key) < serviceKeyText(b.key) ? -1 : 1));
      expect(apply(...wished.map(addService))).toEqual([]);
      expect(services()).toEqual(wished);
      for (const one of wished) expect(world.ipvs.observeService(one.key)?.service).toEqual(one);
    });

    test("a persistence engine is observed as it was wished, and goes when it is wished for no longer", () => {
      const key: ServiceKey = { kind: "address", protocol: "udp", address: ip("10.9.0.100"), port: 5060 };
      const persistence = { timeout: seconds(300), granularity: 32 };
      const wished = service(key, { persistence: { ...persistence, engine: "sip" } });
      expect(apply(addService(wished))).toEqual([]);
      expect(services()).toEqual([wished]);
      expect(apply({ kind: "update-service", service: service(key, { persistence }) })).toEqual([]);
      expect(services()).toEqual([service(key, { persistence })]);
    });

    test("destinations of all forwarding methods are observed exactly as they were wished, with their own ports", () => {
      const methods: Forwarding[] = [
        { method: "masquerade" },
        { method: "direct" },
        { method: "tunnel", type: "ipip", port: 0, checksum: "none" },
        { method: "tunnel", type: "gue", port: 6080, checksum: "none" },
        { method: "tunnel", type: "gue", port: 6080, checksum: "full" },
        { method: "tunnel", type: "gue", port: 6080, checksum: "remote" },
        { method: "tunnel", type: "gre", port: 0, checksum: "none" },
        { method: "tunnel", type: "gre", port: 0, checksum: "full" },
      ];
      for (const [key, host] of [
        [web, "10.9.0.1"],
        [tcp("2001:db8::100", 80), "2001:db8::1"],
      ] as const) {
        const wished = methods.map((forwarding, index) => destination(`${host}${index}`, 8000 + index, { forwarding }));
        expect(apply(addService(service(key)), ...wished.map((one) => add(key, one)))).toEqual([]);
        expect(destinationsOf(key)).toEqual(wished.toReversed());
      }
    });

    test("a destination on this host keeps the method that was wished", () => {
      const wished = (["direct", "masquerade"] as const).map((method, index) =>
        destination("127.0.0.1", 80 + index, { forwarding: { method } }),
      );
      expect(apply(addService(service(web)), ...wished.map((one) => add(web, one)))).toEqual([]);
      expect(destinationsOf(web)).toEqual(wished.toReversed());
    });

    test("a service of a mark takes destinations with port 0 and with a port", () => {
      const key: ServiceKey = { kind: "mark", mark: 7, family: "ipv4" };
      const wished = [destination("10.9.0.11", 0), destination("10.9.0.11", 8080)];
      expect(apply(addService(service(key)), ...wished.map((one) => add(key, one)))).toEqual([]);
      expect(destinationsOf(key)).toEqual(wished.toReversed());
    });

    test("a destination of the other family is taken for a tunnel and refused with EINVAL otherwise", () => {
      const tunnel = destination("2001:db8::11", 80, {
        forwarding: { method: "tunnel", type: "ipip", port: 0, checksum: "none" },
      });
      const masquerade = destination("2001:db8::12", 80);
      const direct = destination("2001:db8::13", 80, { forwarding: { method: "direct" } });
      expect(apply(addService(service(web)), add(web, tunnel), add(web, masquerade), add(web, direct))).toEqual([
        "EINVAL",
        "EINVAL",
      ]);
      expect(destinationsOf(web)).toEqual([tunnel]);
    });

    test("an update of a service changes scheduler, flags and persistence, and keeps the destinations", () => {
      const before = service(web, {
        flags: { ...noFlags, flag1: true },
        persistence: { timeout: seconds(60), granularity: 24 },
      });
      const after = service(web, { scheduler: "sh", flags: { ...noFlags, flag2: true } });
      const one = destination("10.9.0.11", 80);
      expect(apply(addService(before), add(web, one), { kind: "update-service", service: after })).toEqual([]);
      expect(table()).toEqual([{ service: after, destinations: [one] }]);
    });

    test("an update of a destination changes weight, method and thresholds, and keeps its place", () => {
      const others = [destination("10.9.0.11", 80), destination("10.9.0.13", 80)] as const;
      const before = destination("10.9.0.12", 80, {
        forwarding: { method: "tunnel", type: "gue", port: 6080, checksum: "full" },
      });
      const after = destination("10.9.0.12", 80, {
        weight: 7,
        forwarding: { method: "direct" },
        upperThreshold: 900,
        lowerThreshold: 300,
      });
      expect(
        apply(addService(service(web)), add(web, others[0]), add(web, before), add(web, others[1]), update(web, after)),
      ).toEqual([]);
      expect(destinationsOf(web)).toEqual([others[1], after, others[0]]);
    });

    test("a removed destination is gone, and a removed service takes its destinations along", () => {
      const [one, two] = [destination("10.9.0.11", 80), destination("10.9.0.12", 80)];
      const mail = tcp("10.9.0.100", 25);
      expect(
        apply(addService(service(web)), add(web, one), add(web, two), addService(service(mail)), add(mail, one)),
      ).toEqual([]);
      expect(apply(remove(web, one), { kind: "remove-service", key: mail })).toEqual([]);
      expect(table()).toEqual([{ service: service(web), destinations: [two] }]);
      expect(world.ipvs.observeService(mail)).toBeUndefined();
    });

    test("operations are carried out in their order, so that a service can be removed and added in one go", () => {
      const [old, fresh] = [destination("10.9.0.11", 80), destination("10.9.0.12", 80)];
      expect(apply(addService(service(web)), add(web, old))).toEqual([]);
      expect(apply({ kind: "remove-service", key: web }, addService(service(web)), add(web, fresh))).toEqual([]);
      expect(destinationsOf(web)).toEqual([fresh]);
    });

    test("a service that is there already is refused with EEXIST, one that is not with ESRCH", () => {
      expect(apply(addService(service(web)), addService(service(web, { scheduler: "rr" })))).toEqual(["EEXIST"]);
      const missing = tcp("10.9.0.101", 80);
      const one = destination("10.9.0.11", 80);
      expect(
        apply(
          { kind: "update-service", service: service(missing) },
          { kind: "remove-service", key: missing },
          add(missing, one),
          update(missing, one),
          remove(missing, one),
        ),
      ).toEqual(["ESRCH", "ESRCH", "ESRCH", "ESRCH", "ESRCH"]);
      expect(services()).toEqual([service(web)]);
    });

    test("a destination that is there already is refused with EEXIST, one that is not with ENOENT", () => {
      const [there, missing] = [destination("10.9.0.11", 80), destination("10.9.0.12", 80)];
      expect(apply(addService(service(web)), add(web, there), add(web, { ...there, weight: 9 }))).toEqual(["EEXIST"]);
      expect(apply(update(web, missing), remove(web, missing))).toEqual(["ENOENT", "ENOENT"]);
      expect(destinationsOf(web)).toEqual([there]);
    });

    test("a scheduler or a persistence engine that the kernel does not have is refused with ENOENT, and the refusal names it", () => {
      const persistence = { timeout: seconds(1), granularity: 32, engine: "nope" };
      const refusals = world.ipvs.apply([
        addService(service(web, { scheduler: "guesswork" })),
        addService(service(web, { persistence })),
        addService(service(web)),
        { kind: "update-service", service: service(web, { scheduler: "guesswork" }) },
      ]);
      expect(codes(refusals)).toEqual(["ENOENT", "ENOENT", "ENOENT"]);
      expect(refusals[0]?.failure.cause.text).toContain("ip_vs_guesswork");
      expect(refusals[1]?.failure.cause.text).toContain("ip_vs_pe_nope");
      expect(services()).toEqual([service(web)]);
    });

    test("a lower threshold above the upper one and a negative weight are refused with ERANGE", () => {
      const wrong = [
        destination("10.9.0.11", 80, { upperThreshold: 10, lowerThreshold: 11 }),
        destination("10.9.0.11", 80, { weight: -1 }),
      ];
      expect(apply(addService(service(web)), ...wrong.map((one) => add(web, one)))).toEqual(["ERANGE", "ERANGE"]);
    });

    test("a gue tunnel without a port is refused with EINVAL", () => {
      const wrong = destination("10.9.0.11", 80, {
        forwarding: { method: "tunnel", type: "gue", port: 0, checksum: "none" },
      });
      expect(apply(addService(service(web)), add(web, wrong))).toEqual(["EINVAL"]);
    });

    test("addresses that are not unicast are refused as destinations with EINVAL", () => {
      const v6 = tcp("2001:db8::100", 80);
      expect(
        apply(
          addService(service(web)),
          addService(service(v6)),
          add(web, destination("224.0.0.5", 80)),
          add(web, destination("255.255.255.255", 80)),
          add(web, destination("0.0.0.0", 80)),
          add(v6, destination("ff02::5", 80)),
          add(v6, destination("fe80::5", 80)),
          add(v6, destination("::", 80)),
        ),
      ).toEqual(["EINVAL", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "EINVAL"]);
    });

    test("a refused operation does not stop the ones after it, and each refusal names its own operation", () => {
      const [one, two, three] = [
        destination("10.9.0.11", 80),
        destination("10.9.0.12", 80),
        destination("10.9.0.13", 80),
      ] as const;
      const wrong = [update(web, two), addService(service(web)), remove(web, three)];
      const [a = remove(web, one), b = a, c = a] = wrong;
      const refusals = world.ipvs.apply([addService(service(web)), a, add(web, one), b, add(web, two), c]);
      expect(refusals.map(({ operation, failure }) => [operation, failure.cause.code])).toEqual([
        [a, "ENOENT"],
        [b, "EEXIST"],
        [c, "ENOENT"],
      ]);
      expect(destinationsOf(web)).toEqual([two, one]);
    });

    test("4,000 operations in one apply are all acknowledged", () => {
      const keys = Array.from({ length: 400 }, (_, index) => tcp(`10.20.${index >> 8}.${index & 255}`, 80));
      const operations = keys.flatMap((key) => [
        addService(service(key)),
        ...Array.from({ length: 9 }, (_, index) => add(key, destination(`10.9.0.${index + 1}`, 80))),
      ]);
      expect(operations.length).toBe(4000);
      expect(world.ipvs.apply(operations)).toEqual([]);
      expect(world.ipvs.observe().map(({ destinations }) => destinations.length)).toEqual(keys.map(() => 9));
    });

    test("thousands of refusals in one apply are all reported, in order", () => {
      const operations = Array.from({ length: 2000 }, (_, index) => remove(web, destination("10.9.0.11", index + 1)));
      expect(apply(addService(service(web)), ...operations)).toEqual(operations.map(() => "ENOENT"));
    });

    test("when the kernel's answers do not fit, what was not carried out is reported all the same", () => {
      const wrong = Array.from({ length: 300 }, (_, index) => update(web, destination("10.9.0.11", index + 1)));
      const right = Array.from({ length: 300 }, (_, index) => add(web, destination("10.9.0.12", index + 1)));
      const operations = [addService(service(web)), ...wrong.flatMap((one, index) => [one, right[index] ?? one])];
      const refusals = world.cramped.apply(operations);
      expect(refusals.map(({ operation, failure }) => [operation, failure.cause.code])).toEqual(
        wrong.map((operation) => [operation, "ENOENT"]),
      );
      expect(destinationsOf(web)?.length).toBe(right.length);
    });

    test("a closed port can be asked again", () => {
      expect(apply(addService(service(web)))).toEqual([]);
      world.ipvs.close();
      expect(services()).toEqual([service(web)]);
    });
  });
}

function codes(refusals: readonly RefusedOperation[]): (string | undefined)[] {
  return refusals.map(({ failure }) => codeOf(failure.cause));
}
