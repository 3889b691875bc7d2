// Random documents in the schema's own (camelCase) names, for property tests: well formed, and right often enough.

import fc from "fast-check";

const octet = fc.integer({ min: 1, max: 250 });
const ipv4 = fc.tuple(octet, octet).map(([a, b]) => `10.9.${a}.${b}`);
const ipv6 = octet.map((last) => `fd00::${last.toString(16)}`);
const port = fc.integer({ min: 1, max: 65535 });
const seconds = fc.integer({ min: 1, max: 600 });
const duration = fc.oneof(
  seconds,
  seconds.map((count) => `${count}s`),
  fc.integer({ min: 10, max: 5000 }).map((count) => `${count}ms`),
);
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);

const timing = {
  delay: duration,
  retries: fc.integer({ min: 0, max: 5 }),
  retryDelay: duration,
  warmup: duration,
  timeout: duration,
  startDown: fc.boolean(),
  logAllFailures: fc.boolean(),
};

const flapDamping = fc.record(
  { falls: fc.integer({ min: 2, max: 9 }), within: seconds, hold: seconds },
  { requiredKeys: [] },
);

const target = {
  address: ipv4,
  port,
  bindAddress: ipv4,
  bindPort: port,
  bindInterface: fc.constantFrom("eth0", "eth1"),
  mark: fc.integer({ min: 1, max: 100 }),
};
const optional = { requiredKeys: [] };
const request = fc.record(
  {
    path: fc.stringMatching(/^\/[a-z?=&]{0,20}$/),
    statusCodes: fc.array(fc.constantFrom(200, "200", "200-299", "404"), { minLength: 1, maxLength: 3 }),
    digest: fc.stringMatching(/^[0-9a-f]{32}$/),
    method: fc.constantFrom("GET", "POST"),
    headers: fc.array(fc.constantFrom("X-A: b", "Host: web"), { maxLength: 2 }),
    body: word,
    virtualHost: word,
    match: fc.record(
      {
        pattern: fc.constantFrom("ok", "^a b$"),
        options: fc.subarray(["caseless", "extended", "firstline"]),
        absent: fc.boolean(),
        minOffset: fc.integer({ min: 0, max: 9 }),
        maxOffset: fc.integer({ min: 0, max: 9 }),
      },
      { requiredKeys: ["pattern"] },
    ),
    json: fc.array(fc.record({ path: word, equals: word }), { maxLength: 2 }),
  },
  optional,
);
const checkTls = fc.oneof(
  fc.record({ sni: fc.boolean(), serverName: word, warnBefore: seconds, failBefore: seconds }, optional),
  fc.record(
    { verify: fc.constant(true), serverName: word, caFile: fc.constant("/etc/ssl/ours.pem") },
    { requiredKeys: ["verify"] },
  ),
);
const { port: _port, bindPort: _bindPort, ...withoutPorts } = target;
const common = { ...target, ...timing };
const hex = fc.stringMatching(/^([0-9a-f]{2}){1,4}$/);
const otherChecker = fc.oneof(
  fc.record({
    udp: fc.record(
      {
        ...common,
        payload: hex,
        requireReply: fc.boolean(),
        minReplyLength: fc.integer({ min: 0, max: 9 }),
        maxReplyLength: fc.integer({ min: 9, max: 400 }),
      },
      optional,
    ),
  }),
  fc.record({ ping: fc.record({ ...withoutPorts, ...timing }, optional) }),
  fc.record({
    dns: fc.record(
      { ...common, type: fc.constantFrom("A", "SOA", "TXT"), name: word, answers: fc.array(word, { maxLength: 2 }) },
      optional,
    ),
  }),
  fc.record({ smtp: fc.record({ ...common, heloName: word, startTls: checkTls }, optional) }),
  fc.record({ tls: fc.tuple(fc.record(common, optional), checkTls).map(([check, tls]) => ({ ...check, ...tls })) }),
  fc.record({ grpc: fc.record({ ...common, service: word, virtualHost: word, tls: checkTls }, optional) }),
  fc.record({ redis: fc.record({ ...common, tls: checkTls }, optional) }),
  fc.record({ postgresql: fc.record({ ...common, user: word, database: word }, optional) }),
  fc.record({ agent: fc.record({ ...common, send: word }, optional) }),
  fc.record({
    script: fc.record(
      { ...timing, command: fc.constantFrom("/bin/check web", ["/bin/true"]), dynamicWeight: fc.boolean() },
      { requiredKeys: ["command"] },
    ),
  }),
  fc.record({
    file: fc.record(
      { ...timing, name: fc.constant("load"), weight: fc.integer({ min: -9, max: 9 }), reverse: fc.boolean() },
      { requiredKeys: ["name"] },
    ),
  }),
  fc.record({ mysql: fc.record({ ...common, user: word }, optional) }),
  fc.record({
    bfd: fc.record({ session: fc.constant("edge"), startDown: fc.boolean() }, { requiredKeys: ["session"] }),
  }),
);
const checker = fc.oneof(
  otherChecker,
  fc.record({ tcp: fc.record({ ...target, ...timing }, optional) }),
  fc.record({
    http: fc.record(
      {
        ...target,
        ...timing,
        virtualHost: word,
        version: fc.constantFrom("1.0", "1.0C", "1.1", "2"),
        maxRedirects: fc.integer({ min: 1, max: 9 }),
        tls: checkTls,
        requests: fc.array(request, { minLength: 1, maxLength: 3 }),
      },
      optional,
    ),
  }),
);

const forwarding = fc.constantFrom("masquerade", "direct", "tunnel");
const tunnel = fc.record(
  { type: fc.constantFrom("ipip", "gue", "gre"), port, checksum: fc.constantFrom("none", "full", "remote") },
  optional,
);

const poolNotify = fc.record(
  {
    up: fc.constantFrom("/bin/up", { command: "/bin/up x", user: "nobody" }),
    down: fc.constant("/bin/down"),
    mail: fc.boolean(),
  },
  optional,
);

const realServer = fc.record(
  {
    name: word,
    address: fc.oneof({ weight: 5, arbitrary: ipv4 }, ipv6),
    port,
    weight: fc.integer({ min: 0, max: 65535 }),
    forwarding,
    tunnel,
    upperThreshold: fc.integer({ min: 0, max: 100 }),
    lowerThreshold: fc.integer({ min: 0, max: 100 }),
    inhibitOnFailure: fc.boolean(),
    virtualHost: word,
    notify: poolNotify,
    ...timing,
    flapDamping,
    checkers: fc.array(checker, { maxLength: 3 }),
  },
  { requiredKeys: ["address"] },
);

const oneService = fc.oneof(
  fc.record({
    address: fc.oneof(
      ipv4,
      ipv4.map((first) => `${first}-251`),
    ),
    port,
  }),
  fc.record({ firewallMark: fc.integer({ min: 1001, max: 9000 }) }),
);

const traffic = fc.record(
  {
    address: ipv4,
    protocol: fc.constantFrom("tcp", "udp"),
    ports: fc.array(fc.oneof(port, fc.constant("10000-10100")), { maxLength: 2 }),
  },
  { requiredKeys: ["address", "protocol"] },
);

const service = fc.oneof(
  fc.record({ address: ipv4, port, protocol: fc.constantFrom("tcp", "udp", "sctp") }),
  fc.record({ firewallMark: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ firewallMark: fc.integer({ min: 1, max: 1000 }), markedTraffic: fc.array(traffic, { maxLength: 2 }) }),
  fc.record({ services: fc.array(oneService, { minLength: 1, maxLength: 3 }), protocol: fc.constant("tcp") }),
);

const virtualServer = fc
  .tuple(
    service,
    fc.record(
      {
        name: word,
        scheduler: fc.constantFrom("rr", "wlc", "sh", "mh"),
        schedulerFlags: fc.uniqueArray(fc.constantFrom("flag-1", "flag-2", "flag-3"), { maxLength: 3 }),
        onePacket: fc.boolean(),
        persistenceTimeout: seconds,
        persistenceGranularity: fc.integer({ min: 1, max: 32 }),
        forwarding,
        tunnel,
        inhibitOnFailure: fc.boolean(),
        slowStart: seconds,
        quorum: fc.integer({ min: 1, max: 3 }),
        tellStop: fc.boolean(),
        suspendWithoutAddress: fc.boolean(),
        notify: poolNotify,
        sorryServer: fc.record({ address: ipv4, port, inhibit: fc.boolean() }, { requiredKeys: ["address"] }),
        virtualHost: word,
        ...timing,
        flapDamping,
        realServers: fc.array(realServer, { maxLength: 4 }),
      },
      optional,
    ),
  )
  .map(([key, rest]) => ({ ...rest, ...key }));

const election = {
  strictMode: fc.constant(false),
  downTimerAdverts: fc.integer({ min: 1, max: 100 }),
  timerExpiredBackup: fc.integer({ min: 1, max: 254 }),
  higherPrioSendAdvert: fc.boolean(),
  lowerPrioNoAdvert: fc.boolean(),
  ownerIgnoreAdverts: fc.boolean(),
};

const short = fc.constantFrom("10ms", "1s", 0.5);
const pace = { garpInterval: short, gnaInterval: short };
const garpGroup = fc.record(
  { interfaces: fc.array(fc.constantFrom("eth0", "eth1", "eth2"), { minLength: 1, maxLength: 2 }), ...pace },
  { requiredKeys: ["interfaces"] },
);
const general = fc.record(
  { startupDelay: duration, delayAfterBoot: duration, ...pace, garpGroups: fc.array(garpGroup, { maxLength: 1 }) },
  optional,
);
const command = fc.oneof(
  fc.constantFrom("/usr/bin/tell", "/usr/bin/tell master 'two words'"),
  fc
    .array(
      fc.string({ maxLength: 8 }).filter((text) => !text.includes("\0")),
      { maxLength: 3 },
    )
    .map((more) => ["/bin/x", ...more]),
);
const program = fc.oneof(
  command,
  fc.record({ command, user: word }, { requiredKeys: ["command"] }),
  fc.record({ command, user: word, group: word }),
);
const notify = fc.record(
  {
    master: program,
    backup: program,
    fault: program,
    stop: program,
    deleted: program,
    any: program,
    masterReceivesLowerPriority: program,
    priorityChanges: fc.boolean(),
    mail: fc.boolean(),
  },
  optional,
);
const runOnce = fc.record({ program, timeout: seconds }, { requiredKeys: ["program"] });
const notifications = fc.record(
  {
    scriptTimeout: seconds,
    fifos: fc.array(
      fc.record(
        { path: word.map((name) => `/run/${name}`), events: fc.constantFrom("all", "vrrp"), reader: program },
        { requiredKeys: ["path"] },
      ),
      { maxLength: 2 },
    ),
    statesOnReload: fc.boolean(),
    firstRealServers: fc.boolean(),
    mail: fc.record(
      {
        server: word,
        port,
        encryption: fc.constantFrom("none", "opportunistic", "starttls", "tls"),
        user: word,
        password: fc.stringMatching(/^[ -~]{1,20}$/),
        from: word.map((name) => `${name}@example.com`),
        to: fc.array(
          word.map((name) => `${name}@example.com`),
          { minLength: 1, maxLength: 3 },
        ),
        heloName: word,
        timeout: seconds,
        faults: fc.boolean(),
      },
      { requiredKeys: ["server", "to"] },
    ),
    startup: runOnce,
    shutdown: runOnce,
  },
  optional,
);
const programs = fc.oneof(
  fc.record({ user: word, secure: fc.boolean() }, optional),
  fc.record({ user: word, group: word, secure: fc.boolean() }),
);

const peer = fc.oneof(
  ipv4,
  fc.record({ address: ipv4, minTtl: fc.integer({ min: 0, max: 9 }), maxTtl: fc.integer({ min: 10, max: 255 }) }),
);
const wireFields = {
  unicast: fc.record(
    {
      peers: fc.uniqueArray(peer, { maxLength: 2 }),
      ttl: fc.integer({ min: 1, max: 255 }),
      checkSource: fc.boolean(),
      faultWithoutPeers: fc.boolean(),
    },
    optional,
  ),
  heartbeatPaths: fc.array(
    fc.record({ interface: word, peers: fc.array(ipv4, { maxLength: 1 }) }, { requiredKeys: ["interface"] }),
    { maxLength: 1 },
  ),
  strictChecksum: fc.boolean(),
  checkAdvertisedAddresses: fc.boolean(),
};

const weight = fc.integer({ min: -253, max: 253 });
const follows = (names: fc.Arbitrary<string>) =>
  fc.array(fc.oneof(names, fc.record({ name: names, weight, reverse: fc.boolean() }, { requiredKeys: ["name"] })), {
    maxLength: 2,
  });
const tracking = {
  trackedScripts: fc.constantFrom([], [{ name: "chk", command: "/bin/check web", interval: 2, fall: 3, weight: -5 }]),
  trackedFiles: fc.constantFrom([], [{ name: "load", file: "/run/load", initialValue: -1, overwrite: true }]),
  trackedProcesses: fc.constantFrom(
    [],
    [{ name: "web", process: "nginx", parameters: ["-g"], parameterMatch: "initial", quorumMax: 4, forkDelay: "1s" }],
  ),
  bfdSessions: fc.uniqueArray(
    fc.record(
      {
        name: fc.constant("edge"),
        neighbour: fc.oneof(ipv4, ipv6),
        ...{ minRx: duration, minTx: duration, idleTx: seconds, passive: fc.boolean(), multihop: fc.boolean() },
        multiplier: fc.integer({ min: 1, max: 255 }),
        ttl: fc.integer({ min: 10, max: 255 }),
        maxHops: fc.integer({ min: 0, max: 10 }),
        weight: fc.integer({ min: -253, max: 253 }),
        reverse: fc.boolean(),
      },
      { requiredKeys: ["name", "neighbour"] },
    ),
    { maxLength: 1 },
  ),
  interfaceDelays: fc.constantFrom([], [{ interface: "eth0", down: "2s", up: 1 }]),
};
const tracks = {
  trackInterfaces: follows(fc.constantFrom("eth1", "eth2")),
  trackBfdSessions: fc.constantFrom([], [], [], ["edge"], [{ name: "edge", weight: -5, reverse: true }]),
};

const instance = fc.record(
  {
    name: word,
    interface: fc.constantFrom("eth0", "eth1", "bond0.12"),
    version: fc.constantFrom(2, 3),
    virtualRouterId: fc.integer({ min: 1, max: 255 }),
    priority: fc.integer({ min: 1, max: 255 }),
    advertisementInterval: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom("100ms", "1s", "2.5s")),
    initialState: fc.constantFrom("master", "backup"),
    preempt: fc.boolean(),
    preemptDelay: duration,
    trackPrimary: fc.boolean(),
    trackInterfaces: tracks.trackInterfaces,
    ...election,
    sourceAddress: ipv4,
    multicastGroup: fc.constantFrom("224.0.0.18", "224.0.0.99"),
    authentication: fc.oneof(
      fc.constant({ type: "none" }),
      fc.stringMatching(/^[ -~]{1,8}$/).map((password) => ({ type: "pass", password })),
    ),
    checksumWithPseudoHeader: fc.boolean(),
    ...wireFields,
    virtualAddresses: fc.array(
      fc.oneof(
        ipv4,
        ipv4.map((address) => `${address}/24`),
        fc.record({ address: ipv4, interface: fc.constantFrom("eth0", "eth1") }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    gratuitousArp: fc.record(
      {
        repeat: fc.integer({ min: 1, max: 9 }),
        delay: duration,
        refresh: duration,
        refreshRepeat: fc.integer({ min: 1, max: 9 }),
        lowerPriorityRepeat: fc.integer({ min: 0, max: 9 }),
        lowerPriorityDelay: duration,
        form: fc.constantFrom("request", "reply", "both"),
        probe: fc.boolean(),
        verify: fc.array(ipv4, { maxLength: 2 }),
        extraInterval: duration,
        extraAllInterfaces: fc.boolean(),
      },
      optional,
    ),
    // Few have any: what most documents do not have should not cost most of the time of the tests.
    notify: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, notify),
  },
  { requiredKeys: ["name", "interface", "virtualRouterId", "virtualAddresses"] },
);

const authHmac = fc.constantFrom(
  {},
  {
    authHmac: {
      keys: [
        { id: 1, key: "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" },
        { id: 2, file: "/etc/key" },
      ],
      activeKey: 2,
      mode: "permissive",
      timeWindow: "10s",
    },
  },
);

/** The same with IPv6 addresses. */
const instance6 = fc
  .tuple(instance, fc.constantFrom("fe80::100/64", "fd00::100"), authHmac)
  .map(
    ([
      {
        version: _version,
        sourceAddress: _source,
        multicastGroup: _group,
        authentication: _auth,
        unicast: _unicast,
        heartbeatPaths: _paths,
        ...same
      },
      first,
      hmac,
    ]) => ({
      ...same,
      ...hmac,
      virtualAddresses: [first, "fd00::101/64"],
    }),
  );

const prefixes = fc.constantFrom("10.1.0.0/16", "default", "192.0.2.7");
const route = fc.record(
  {
    to: prefixes,
    nextHops: fc.array(
      fc.record(
        { via: ipv4, interface: fc.constantFrom("eth0", "eth1"), onlink: fc.boolean() },
        { requiredKeys: ["via"] },
      ),
      { minLength: 1, maxLength: 2 },
    ),
    table: fc.constantFrom("main", "local", 100),
    metric: fc.integer({ min: 0, max: 9 }),
    realm: fc.constantFrom("7", "3/7"),
    congestionControl: fc.constantFrom("cubic", "bbr"),
    features: fc.constant(1),
    mtu: fc.integer({ min: 1, max: 9000 }),
    locked: fc.constantFrom([], ["mtu"]),
    track: fc.boolean(),
  },
  { requiredKeys: ["to", "nextHops"] },
);
const rule = fc.record(
  {
    priority: fc.integer({ min: 1, max: 9999 }),
    table: fc.constantFrom("main", 100),
    from: prefixes.filter((prefix) => prefix !== "default"),
    mark: fc.integer({ min: 0, max: 255 }),
    realm: fc.constant("7"),
    tunnelId: fc.integer({ min: 1, max: 9 }),
    track: fc.boolean(),
  },
  { requiredKeys: ["priority", "table"] },
);
/** What is there whoever is master, who moves together and who follows: of instances that may not be there. */
const together = {
  staticAddresses: fc.array(
    fc.record(
      { address: ipv4.map((address) => `${address}/24`), interface: fc.constant("eth1"), track: fc.boolean() },
      { requiredKeys: ["address", "interface"] },
    ),
    { maxLength: 2 },
  ),
  staticRoutes: fc.array(route, { maxLength: 2 }),
  staticRules: fc.array(rule, { maxLength: 2 }),
  trackGroups: fc.array(fc.record({ name: word, members: fc.array(word, { minLength: 1, maxLength: 2 }) }), {
    maxLength: 1,
  }),
  vrrpSyncGroups: fc.array(
    fc.record(
      {
        name: word,
        members: fc.array(word, { minLength: 1, maxLength: 3 }),
        trackInterfaces: tracks.trackInterfaces,
        trackingWeight: fc.boolean(),
      },
      { requiredKeys: ["name", "members"] },
    ),
    { maxLength: 1 },
  ),
};

/** A document that passes the schema; the rules may refuse it. */
export const documents: fc.Arbitrary<unknown> = fc.record(
  {
    director: fc.record({ name: word }, optional),
    addressLease: fc.integer({ min: 3, max: 3600 }),
    vrrp: general,
    programs,
    notifications,
    vrrpInstances: fc.array(fc.oneof({ weight: 3, arbitrary: instance }, instance6), { maxLength: 3 }),
    virtualServers: fc.array(virtualServer, { maxLength: 3 }),
    ipvs: fc.record(
      {
        timeouts: fc.record({ tcp: seconds, tcpFin: seconds, udp: seconds }, optional),
        flushAtStart: fc.boolean(),
        flushAtStop: fc.boolean(),
        networkNamespace: word,
      },
      optional,
    ),
    ...tracking,
    // Few have any, as above.
    ...Object.fromEntries(
      Object.entries(together).map(([key, arbitrary]) => [
        key,
        fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, arbitrary as fc.Arbitrary<unknown[]>),
      ]),
    ),
  },
  optional,
);
