// Metrics as Prometheus reads them.

import { describe, expect, test } from "bun:test";
import { silentLog } from "../../agent/base/log.ts";
import { exposition } from "../../agent/control/metrics/openmetrics.ts";
import { serveMetrics } from "../../agent/control/metrics/server.ts";
import { showWeb } from "../cli/show-web.ts";
import { MemoryAgent } from "./memory-agent.ts";
import { Secured } from "./secured.ts";

/** The samples of a text: each name with its labels, and its value. Throws where a line is none. */
function samplesOf(text: string): Map<string, string> {
  const samples = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, sample, value] = /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})?) (-?[0-9.e+-]+)$/.exec(line) ?? [];
    if (sample === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
    if (samples.has(sample)) throw new Error(`twice: ${sample}`);
    samples.set(sample, value);
  }
  return samples;
}

async function fetchFrom(
  agent: MemoryAgent,
  path = "/metrics",
): Promise<{ status: number; text: string; type: string | null }> {
  const endpoint = serveMetrics({ agent, address: "127.0.0.1:0", log: silentLog });
  try {
    const response = await fetch(`http://127.0.0.1:${endpoint.port}${path}`);
    return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
  } finally {
    await endpoint.stop();
  }
}

describe("metrics", () => {
  test("say who is master, which real servers are in, and what was counted", async () => {
    using agent = new MemoryAgent();
    showWeb(agent);
    const { text, type } = await fetchFrom(agent);
    expect(type).toStartWith("application/openmetrics-text");
    const samples = samplesOf(text);
    const of = (name: string) => samples.get(`vipward_${name}`);
    expect([of('vrrp_state{instance="web",state="master"}'), of('vrrp_state{instance="web",state="backup"}')]).toEqual([
      "1",
      "0",
    ]);
    const servers = ["10.9.0.11:80", "10.9.0.12:80"].map(
      (name) => `{virtual_server="tcp 10.9.0.100:80",real_server="${name}"}`,
    );
    expect(servers.map((labels) => of(`real_server_up${labels}`))).toEqual(["1", "0"]);
    expect(servers.map((labels) => of(`real_server_weight${labels}`))).toEqual(["10", undefined]);
    expect(of(`real_server_connections_active${servers[0]}`)).toBe("1234");
    expect(of('vrrp_advertisements_sent_total{instance="web"}')).toBe("300");
    expect(of('vrrp_advertisements_refused_total{instance="web",rule="time-to-live is not 255"}')).toBe("2");
    expect(of("config_revision")).toBe("3");
    expect(of('process_up{process="vrrp"}')).toBe("1");
    expect(text.endsWith("# EOF\n")).toBe(true);
  });

  test("name each family once, with its type and its help, before its samples", async () => {
    using agent = new MemoryAgent();
    showWeb(agent);
    const { text } = await fetchFrom(agent);
    const types = text.match(/^# TYPE .*$/gm) ?? [];
    expect(new Set(types).size).toBe(types.length);
    expect(text.match(/^# HELP .*$/gm)).toHaveLength(types.length);
    for (const counter of text.match(/^# TYPE \S+ counter$/gm) ?? [])
      expect(text).toContain(`\n${counter.split(" ")[2]}_total`);
  });

  test("have the end of the certificate", async () => {
    await using secured = await Secured.start();
    const { text } = await fetchFrom(secured.agent);
    const [, end] = /^vipward_certificate_expiry_seconds\{file="[^"]+"\} (\d+)$/m.exec(text) ?? [];
    expect(Number(end) * 1000).toBe(secured.endpoint.view.notAfter);
  });

  test("escape what labels may not have", () => {
    const samples = [[{ name: 'a"b\\c\nd' }, 1]] as const;
    expect(exposition([{ name: "x", type: "gauge", help: "X.", samples }])).toContain('{name="a\\"b\\\\c\\nd"} 1\n');
  });

  test("health is that of the agent", async () => {
    using agent = new MemoryAgent();
    expect(await fetchFrom(agent, "/readyz")).toMatchObject({ status: 200 });
    agent.setServing(false);
    expect(await fetchFrom(agent, "/readyz")).toMatchObject({ status: 503 });
    expect(await fetchFrom(agent, "/healthz")).toMatchObject({ status: 200 });
    expect(await fetchFrom(agent, "/other")).toMatchObject({ status: 404 });
  });

  test("an address that is not understood is told", () => {
    using agent = new MemoryAgent();
    expect(() => serveMetrics({ agent, address: "everywhere", log: silentLog })).toThrow("expected ADDRESS:PORT");
  });
});
