// The probes against the servers that they are for, as Debian has them: nginx, Redis, BIND, Exim, PostgreSQL, MariaDB and gRPC's own server for
// Python, on loopback. They run where test/health/fetch-servers has unpacked them, as root; PostgreSQL, which will not run from somebody else's folder, where it is
// installed.

import { afterAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { ProbeModel } from "../../agent/config/model.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { attempt } from "../../agent/health/probes/probe.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { plainGet } from "../balancer/model-builders.ts";
import { until } from "../support/until.ts";
import { certificate, key } from "./certificate-fixture.ts";

const servers = join(process.env.VIPWARD_CACHE ?? join(homedir(), ".cache/vipward"), "servers");
const canRun = process.getuid?.() === 0 && existsSync(join(servers, "ready"));
const libraries = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"]
  .map((path) => join(servers, path))
  .join(":");
const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const never = new AbortController().signal;
const anyTls = { serverName: undefined, verify: false, caFile: undefined };
const running: Bun.Subprocess[] = [];
const folder = canRun ? mkdtempSync(join(tmpdir(), "real-servers-")) : "";
const limit = 60_000;
if (canRun) chmodSync(folder, 0o755);

afterAll(async () => {
  for (const server of running) server.kill("SIGTERM");
  await Promise.all(running.map((server) => Promise.race([server.exited, Bun.sleep(5_000)])));
  for (const server of running) server.kill("SIGKILL");
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

const real = test.skipIf(!canRun);

real(
  "nginx answers HTTP, HTTPS and HTTP/2, redirects, and its handshake is enough for a TLS probe",
  async () => {
    const [plain, secure, clear2, secure2] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const at = place("nginx");
    for (const [name, text] of Object.entries({ "cert.pem": certificate, "key.pem": key, "index.html": "hello\n" }))
      writeFileSync(join(at, name), text);
    const conf = join(at, "nginx.conf");
    writeFileSync(
      conf,
      `daemon off; pid ${at}/pid; error_log ${at}/error; events {} http { access_log off; root ${at}; client_body_temp_path ${at}/b;
     proxy_temp_path ${at}/p; fastcgi_temp_path ${at}/f; uwsgi_temp_path ${at}/u; scgi_temp_path ${at}/s;
     server { listen 127.0.0.1:${plain}; location = /old { return 301 /index.html; } }
     server { listen 127.0.0.1:${clear2} http2; location = /old { return 302 https://$host:${secure2}/index.html; } }
     server { listen 127.0.0.1:${secure2} ssl http2; ssl_certificate ${at}/cert.pem; ssl_certificate_key ${at}/key.pem; } server { listen 127.0.0.1:${secure} ssl; ssl_certificate ${at}/cert.pem; ssl_certificate_key ${at}/key.pem; } }`,
    );
    start(["usr/sbin/nginx", "-c", conf, "-p", at, "-e", `${at}/error`]);
    const requests = [
      {
        path: "/index.html",
        statusCodes: [{ from: 200, to: 200 }],
        digest: "b1946ac92492d2347c6235b4d2611184",
        ...plainGet,
      },
    ];
    const http = { kind: "http", version: "1.0", virtualHost: undefined, tls: undefined, requests } as const;
    await passes({ ...target(plain), ...http }, "status 200");
    await passes({ ...target(secure), ...http, tls: anyTls }, "status 200");
    await passes({ ...target(secure), kind: "tls", tls: anyTls }, "TLS handshake done");
    const moved = requests.map((request) => ({ ...request, path: "/old" }));
    await passes({ ...target(plain), ...http, requests: moved, maxRedirects: 1 }, "status 200");
    const second = { ...http, version: "2" } as const;
    await passes({ ...target(clear2), ...second }, "status 200");
    await passes({ ...target(secure2), ...second, tls: anyTls }, "status 200");
    await passes({ ...target(clear2), ...second, requests: moved, maxRedirects: 1 }, "status 200");
  },
  limit,
);

real(
  "Redis answers PING, and wants a password only after that",
  async () => {
    const port = await freePort();
    start(["usr/bin/redis-server", "--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", place("redis")]);
    await passes({ ...target(port), kind: "redis", tls: undefined }, "PONG");
    const guarded = await freePort();
    start([
      "usr/bin/redis-server",
      "--port",
      `${guarded}`,
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--dir",
      place("guarded"),
      "--requirepass",
      "x",
    ]);
    await passes({ ...target(guarded), kind: "redis", tls: undefined }, "answers, and wants a password");
  },
  limit,
);

real(
  "BIND answers, with the records that are in its zone",
  async () => {
    const port = await freePort();
    const at = place("bind");
    const zone =
      '$TTL 60\n@ SOA ns hostmaster 1 60 60 60 60\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.1\nwww A 192.0.2.2\n@ MX 10 mail\n@ TXT "v=spf1" " -all"\nwww AAAA 2001:db8::1\n';
    writeFileSync(join(at, "zone"), zone);
    writeFileSync(
      join(at, "named.conf"),
      `options { directory "${at}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; recursion no; session-keyfile none; dnssec-validation no; };
     controls { }; zone "example.com" { type primary; file "zone"; };`,
    );
    start(["usr/sbin/named", "-g", "-c", join(at, "named.conf")]);
    const dns = { ...target(port), kind: "dns", name: "www.example.com", type: "A", answers: [] } as const;
    await passes(dns, "NOERROR for www.example.com A");
    await passes({ ...dns, answers: ["192.0.2.2", "192.0.2.1"] }, "NOERROR for www.example.com A");
    await passes({ ...dns, type: "AAAA", answers: ["2001:DB8::1"] }, "NOERROR for www.example.com AAAA");
    await passes(
      { ...dns, name: "example.com", type: "MX", answers: ["10 mail.example.com"] },
      "NOERROR for example.com MX",
    );
    await passes({ ...dns, name: "example.com", type: "TXT", answers: ["v=spf1 -all"] }, "NOERROR for example.com TXT");
    await passes(
      { ...dns, name: "example.com", type: "SOA", answers: ["ns.example.com"] },
      "NOERROR for example.com SOA",
    );
    expect(await probe({ ...dns, answers: ["192.0.2.9"] })).toEqual(
      failed(/^answer has 192\.0\.2\.\d, 192\.0\.2\.\d, expected 192\.0\.2\.9$/),
    );
    expect(await probe({ ...dns, name: "nowhere.example.com" })).toEqual(failed("NXDOMAIN for nowhere.example.com A"));
    expect(await probe({ ...dns, name: "example.org" })).toEqual(failed("REFUSED for example.org A"));
  },
  limit,
);

real(
  "Exim greets, also by STARTTLS",
  async () => {
    const port = await freePort();
    const at = place("exim");
    chmodSync(at, 0o777);
    writeFileSync(join(at, "cert.pem"), certificate + key, { mode: 0o644 });
    const conf = join(at, "exim.conf");
    writeFileSync(
      conf,
      `exim_user = nobody\nexim_group = nogroup\nprimary_hostname = mail.example\nspool_directory = ${at}/spool\nlog_file_path = ${at}/%slog\npid_file_path = ${at}/pid\n` +
        `local_interfaces = 127.0.0.1\ndaemon_smtp_ports = ${port}\ntls_certificate = ${at}/cert.pem\ntls_privatekey = ${at}/cert.pem\ntls_advertise_hosts = *\n` +
        "host_lookup =\nrfc1413_hosts =\nrfc1413_query_timeout = 0s\nacl_smtp_rcpt = accept\nbegin acl\nbegin routers\nbegin transports\n",
    );
    // Its user and group are compiled in, and the machine need not have them.
    for (const [file, entry] of [
      ["passwd", "Debian-exim:x:65533:65533::/:/bin/false\n"],
      ["group", "Debian-exim:x:65533:\n"],
    ] as const)
      writeFileSync(join(at, file), readFileSync(`/etc/${file}`, "utf8") + entry);
    const mounts = ["passwd", "group"].map((file) => `mount --bind ${at}/${file} /etc/${file}`).join(" && ");
    startAs(["unshare", "-m", "sh", "-c", `${mounts} && exec "$0" "$@"`], ["usr/sbin/exim4", "-bdf", "-C", conf]);
    const smtp = { ...target(port), kind: "smtp", heloName: "lb.example", startTls: undefined } as const;
    await passes(smtp, "greeting, HELO and QUIT answered");
    await passes({ ...smtp, startTls: anyTls }, "greeting, HELO and QUIT answered");
  },
  limit,
);

test.skipIf(!canRun || !existsSync("/usr/lib/postgresql/15/bin/postgres"))(
  "PostgreSQL takes connections once it has started, whoever we say that we are",
  async () => {
    const port = await freePort();
    const at = place("postgresql");
    const bin = "/usr/lib/postgresql/15/bin";
    const as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
    Bun.spawnSync(["chown", "postgres", at]);
    const made = Bun.spawnSync(
      [...as, join(bin, "initdb"), "-D", join(at, "data"), "--auth=md5", "--pwfile=/etc/hostname", "-N"],
      { env: environment() },
    );
    expect(made.stderr.toString()).not.toContain("error:");
    const model = { ...target(port), kind: "postgresql", user: "vipward", database: "postgres" } as const;
    startAs(as, [
      `${bin}/postgres`,
      "-D",
      join(at, "data"),
      "-p",
      `${port}`,
      "-k",
      at,
      "-h",
      "127.0.0.1",
      "-c",
      "max_connections=10",
      "-c",
      "superuser_reserved_connections=1",
    ]);
    await passes(model, "takes connections");
    expect((await probe({ ...model, user: "nobody-at-all", database: "none" })).kind).toBe("passed");
  },
  limit,
);

real(
  "MariaDB greets and answers a login, and is not made to block us",
  async () => {
    const port = await freePort();
    const at = place("mariadb");
    Bun.spawnSync(["chown", "nobody", at]);
    start([
      "usr/sbin/mariadbd",
      "--no-defaults",
      "--user=nobody",
      `--datadir=${at}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--socket=${at}/socket`,
      `--pid-file=${at}/pid`,
      `--lc-messages-dir=${join(servers, "usr/share/mysql")}`,
      "--max-connect-errors=2",
      "--skip-grant-tables",
      "--innodb-buffer-pool-size=8M",
    ]);
    const model = { ...target(port), kind: "mysql", user: "vipward" } as const;
    await until(async () => (await probe(model)).kind === "passed", { what: "MariaDB answers", timeoutMs: 30_000 });
    for (let count = 0; count < 10; count++)
      expect((await probe(model)).detail).toMatch(/^5\.5\.5-10\..*MariaDB.* takes connections$/);
  },
  limit,
);

real(
  "a gRPC server says which of its services serve",
  async () => {
    const port = await freePort();
    const script = join(import.meta.dir, "grpc-server-fixture.py");
    const modules = join(servers, "usr/lib/python3/dist-packages");
    running.push(
      Bun.spawn(["/usr/bin/python3", script, `${port}`], {
        env: { ...environment(), PYTHONPATH: modules },
        stdout: "ignore",
        stderr: "ignore",
      }),
    );
    const model = { ...target(port), kind: "grpc", service: "", virtualHost: undefined, tls: undefined } as const;
    await passes(model, "the server is SERVING");
    await passes({ ...model, service: "shop" }, "service shop is SERVING");
    expect(await probe({ ...model, service: "till" })).toEqual(failed("service till is NOT_SERVING"));
    expect(await probe({ ...model, service: "none" })).toEqual(
      failed("an error instead of the health of service none"),
    );
  },
  limit,
);

function target(port: number) {
  return { address: ip("127.0.0.1"), port, timeout: milliseconds(5_000), source: {} };
}

function probe(model: ProbeModel): Promise<ProbeOutcome> {
  return attempt(probes, model, never);
}

/** Passes at last, with these words. */
async function passes(model: ProbeModel, detail: string): Promise<void> {
  let last: ProbeOutcome | undefined;
  const asked = async () => {
    last = await probe(model);
    return last.kind === "passed";
  };
  await until(asked, { what: `${model.kind} passes`, timeoutMs: 30_000 }).catch((cause) => {
    throw new Error(`${cause}; the last attempt: ${last?.detail}`);
  });
  expect(last).toEqual({ kind: "passed", detail });
}

function failed(detail: string | RegExp) {
  return { kind: "failed" as const, detail: typeof detail === "string" ? detail : expect.stringMatching(detail) };
}

function place(name: string): string {
  const at = join(folder, name);
  mkdirSync(at, { mode: 0o755 });
  return at;
}

function start(words: readonly string[]): void {
  startAs([], words);
}

function startAs(as: readonly string[], [program = "", ...args]: readonly string[]): void {
  running.push(
    Bun.spawn([...as, program.startsWith("/") ? program : join(servers, program), ...args], {
      env: environment(),
      stdout: "ignore",
      stderr: "ignore",
    }),
  );
}

function environment() {
  return { PATH: process.env.PATH ?? "", LD_LIBRARY_PATH: libraries };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    }),
  );
}
