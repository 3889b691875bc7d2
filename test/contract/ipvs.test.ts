import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import { OperationError } from "../../agent/base/errors.ts";
import type { IpvsOperation } from "../../agent/kernel/ipvs.ts";
import { LinuxIpvs } from "../../agent/kernel/linux/ipvs.ts";
import { capabilities, setCapabilities } from "../../agent/kernel/linux/native.ts";
import { MemoryIpvs } from "../../agent/kernel/memory/ipvs.ts";
import { freshNamespace } from "../native/namespace.ts";
import { KERNEL_TEST_TIMEOUT_MS, kernelHasIpvs } from "../support/lab.ts";
import { destination, type IpvsWorld, ipvsContract, noFlags, service, tcp } from "./ipvs-contract.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const whyNoIpvs =
  whyNoNamespaces ?? (kernelHasIpvs ? undefined : "this kernel has no ipvs; run it with scripts/lab/run");

ipvsContract("ipvs in memory", undefined, memoryWorld);
ipvsContract(linuxTitle("ipvs", whyNoIpvs), whyNoIpvs, linuxWorld);

describe.skipIf(whyNoIpvs !== undefined)(linuxTitle("ipvs", whyNoIpvs), () => {
  test.skipIf(Bun.which("ipvsadm") === null)(
    "ipvsadm reads what was written, and what ipvsadm writes is observed (skipped without ipvsadm)",
    () => {
      using world = namespaceWithIpvs();
      expect(world.ipvs.apply(everything())).toEqual([]);
      const lines = world.run(["ipvsadm", "-Sn"]);
      expect(lines.trim().split("\n").sort()).toEqual(everythingAsIpvsadm);
      const written = world.ipvs.observe();
      world.run(["ipvsadm", "-C"]);
      expect(world.ipvs.observe()).toEqual([]);
      world.run(["ipvsadm", "-R"], lines);
      expect(settings(world.ipvs.observe())).toEqual(settings(written));
    },
  );

  test.skipIf(Bun.which("ipvsadm") === null)(
    "ipvsadm reads thresholds as they were written (skipped without ipvsadm)",
    () => {
      using world = namespaceWithIpvs();
      const limited = destination("10.9.0.11", 80, { upperThreshold: 900, lowerThreshold: 300 });
      world.ipvs.apply([
        { kind: "add-service", service: service(web) },
        { kind: "add-destination", key: web, destination: limited },
      ]);
      expect(world.run(["ipvsadm", "-Ln", "--thresholds"])).toMatch(/-> 10\.9\.0\.11:80 +900 +300 /);
    },
  );

  test("without CAP_NET_ADMIN nothing can be asked, and the error says so", () => {
    using world = namespaceWithIpvs();
    const { effective, permitted, inheritable } = capabilities();
    const questions = [
      () => world.ipvs.info(),
      () => world.ipvs.observe(),
      () => world.ipvs.observeService(web),
      () => world.ipvs.apply([{ kind: "add-service", service: service(web) }]),
    ];
    const codes = questions.map((ask) => {
      // The socket is opened with all rights: those of the asking moment count.
      world.ipvs.info();
      setCapabilities({ effective: effective & ~(1n << netAdmin), permitted, inheritable });
      try {
        return failureOf(ask)?.cause;
      } finally {
        setCapabilities({ effective, permitted, inheritable });
      }
    });
    const refused = { code: "EPERM", text: "ipvs needs CAP_NET_ADMIN in this network namespace" };
    expect(codes).toEqual(questions.map(() => refused));
  });

  test("while lo is down no address counts as unicast: destinations are refused with EINVAL", () => {
    using namespace = freshNamespace();
    const ipvs = namespace.inside(() => new LinuxIpvs());
    const add: IpvsOperation = { kind: "add-destination", key: web, destination: destination("10.9.0.11", 80) };
    const refusals = namespace.inside(() => ipvs.apply([{ kind: "add-service", service: service(web) }, add]));
    expect(refusals.map(({ operation, failure }) => [operation, failure.cause.code])).toEqual([[add, "EINVAL"]]);
    expect(refusals[0]?.failure.cause.text).toContain("lo is down");
    ipvs.close();
  });
});

describe.skipIf(kernelHasIpvs || whyNoNamespaces !== undefined)(
  "a kernel without ipvs (skipped where the kernel has it)",
  () => {
    test("says so with ENOENT and what to do", () => {
      const ipvs = new LinuxIpvs();
      for (const ask of [() => ipvs.info(), () => ipvs.observe(), () => ipvs.apply([])]) {
        const failure = failureOf(ask);
        expect([failure?.object, failure?.cause.code]).toEqual(["the kernel's IPVS", "ENOENT"]);
        expect(failure?.cause.text).toContain("modprobe ip_vs");
      }
    });
  },
);

const netAdmin = 12n; // CAP_NET_ADMIN

const web = tcp("10.9.0.100", 80);

function memoryWorld(): IpvsWorld {
  const ipvs = new MemoryIpvs();
  return { ipvs, cramped: ipvs, [Symbol.dispose]: () => ipvs.close() };
}

function linuxWorld(): IpvsWorld {
  return namespaceWithIpvs();
}

function namespaceWithIpvs(): IpvsWorld & { run(words: string[], input?: string): string } {
  const namespace = quietNamespace();
  // A port opens its socket with the first question.
  const opened = (options?: { readonly receiveBuffer: number }) => {
    const ipvs = namespace.inside(() => new LinuxIpvs(options));
    return {
      info: () => namespace.inside(() => ipvs.info()),
      observe: () => namespace.inside(() => ipvs.observe()),
      observeServices: () => namespace.inside(() => ipvs.observeServices()),
      observeService: (key) => namespace.inside(() => ipvs.observeService(key)),
      observeDestinations: (key) => namespace.inside(() => ipvs.observeDestinations(key)),
      apply: (operations) => namespace.inside(() => ipvs.apply(operations)),
      close: () => ipvs.close(),
    } satisfies IpvsWorld["ipvs"];
  };
  const [ipvs, cramped] = [opened(), opened({ receiveBuffer: 2048 })];
  const run = (words: string[], input = "") => {
    const command = ["ip", "netns", "exec", namespace.path.replace("/run/netns/", ""), ...words];
    const done = Bun.spawnSync(command, { stdin: Buffer.from(input), stderr: "pipe" });
    if (done.exitCode !== 0) throw new Error(`${words.join(" ")}: ${done.stderr.toString()}`);
    return done.stdout.toString();
  };
  const dispose = () => {
    ipvs.close();
    cramped.close();
    namespace[Symbol.dispose]();
  };
  return { ipvs, cramped, run, [Symbol.dispose]: dispose };
}

/** One of each: what ipvsadm has a word for. */
function everything(): IpvsOperation[] {
  const mark = { kind: "mark", mark: 300, family: "ipv4" } as const;
  const dns = { kind: "address", protocol: "udp", address: ip("10.9.0.100"), port: 53 } as const;
  const v6 = tcp("2001:db8::100", 443);
  return [
    { kind: "add-service", service: service(web, { persistence: { timeout: seconds(360), granularity: 24 } }) },
    {
      kind: "add-destination",
      key: web,
      destination: destination("10.9.0.11", 8080, { weight: 3 }),
    },
    {
      kind: "add-destination",
      key: web,
      destination: destination("10.9.0.12", 80, { forwarding: { method: "direct" } }),
    },
    {
      kind: "add-destination",
      key: web,
      destination: destination("10.9.0.13", 80, {
        forwarding: { method: "tunnel", type: "ipip", port: 0, checksum: "none" },
      }),
    },
    {
      kind: "add-destination",
      key: web,
      destination: destination("10.9.0.14", 80, {
        forwarding: { method: "tunnel", type: "gue", port: 6080, checksum: "full" },
      }),
    },
    { kind: "add-service", service: service(mark, { scheduler: "rr" }) },
    {
      kind: "add-destination",
      key: mark,
      destination: destination("10.9.0.11", 0, { forwarding: { method: "direct" } }),
    },
    { kind: "add-service", service: service(dns, { scheduler: "rr", flags: { ...noFlags, onePacket: true } }) },
    { kind: "add-service", service: service(v6, { scheduler: "sh", flags: { ...noFlags, flag1: true, flag2: true } }) },
    { kind: "add-destination", key: v6, destination: destination("2001:db8::11", 443, { weight: 0 }) },
  ];
}

const everythingAsIpvsadm = [
  "-A -f 300 -s rr",
  "-A -t 10.9.0.100:80 -s wrr -p 360 -M 255.255.255.0",
  "-A -t [2001:db8::100]:443 -s sh -b sh-fallback,sh-port",
  "-A -u 10.9.0.100:53 -s rr -o",
  "-a -f 300 -r 10.9.0.11:0 -g -w 1",
  "-a -t 10.9.0.100:80 -r 10.9.0.11:8080 -m -w 3",
  "-a -t 10.9.0.100:80 -r 10.9.0.12:80 -g -w 1",
  "-a -t 10.9.0.100:80 -r 10.9.0.13:80 -i -w 1 --tun-type ipip",
  "-a -t 10.9.0.100:80 -r 10.9.0.14:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum",
  "-a -t [2001:db8::100]:443 -r [2001:db8::11]:443 -m -w 0",
];

/** What was wished: order and counters apart. */
function settings(table: ReturnType<LinuxIpvs["observe"]>): string[] {
  return table
    .flatMap(({ service: found, destinations }) => [
      found,
      ...destinations.map((one) => ({ key: found.key, ...one.destination })),
    ])
    .map((value) => JSON.stringify(value))
    .sort();
}

function failureOf(ask: () => unknown): OperationError["failure"] | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    if (error instanceof OperationError) return error.failure;
    throw error;
  }
}
