import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ip } from "../../base/address.ts";
import { listConnections, readConnection } from "./connections.ts";

const heading = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData";
const web = "TCP 0A090032 C350 0A090064 0050 0A09000B 1F90 ESTABLISHED     890";
const six =
  "UDP fd00:0000:0000:0000:0000:0000:0000:0050 9C40 fd00:0000:0000:0000:0000:0000:0000:0100 0035 fd00:0000:0000:0000:0000:0000:0000:0011 0035 UDP             300";
const mark = "IP  0A090032 0000 00000015 0000 0A09000C 0000 NONE            60";

function table(...lines: string[]): string {
  const path = join(mkdtempSync(join(tmpdir(), "connections-")), "ip_vs_conn");
  writeFileSync(path, `${[heading, ...lines].join("\n")}\n`);
  return path;
}

test("a line of the kernel is a connection of either family", () => {
  expect(readConnection(heading)).toBeUndefined();
  expect(readConnection(web)).toEqual({
    protocol: "TCP",
    client: { address: ip("10.9.0.50"), port: 50_000 },
    service: { address: ip("10.9.0.100"), port: 80 },
    destination: { address: ip("10.9.0.11"), port: 8080 },
    state: "ESTABLISHED",
    expiresIn: 890_000 as never,
  });
  expect(readConnection(six)).toMatchObject({ client: { address: "fd00::50", port: 40_000 }, service: { port: 53 } });
  expect(readConnection("TCP nonsense")).toBeUndefined();
});

test("a filter counts what matches, and no more than wished for are listed", async () => {
  const path = table(web, six, mark, ...Array.from({ length: 5000 }, () => web));
  const all = await listConnections({}, 10, { path });
  expect([all.connections.length, all.matching, all.total]).toEqual([10, 5003, 5003]);
  const one = await listConnections({ destination: ip("10.9.0.12") }, 10, { path });
  expect([one.connections.length, one.matching, one.total]).toEqual([1, 1, 5003]);
  const none = await listConnections({ protocol: "tcp", state: "fin_wait" }, 10, { path });
  expect([none.connections.length, none.matching]).toEqual([0, 0]);
  const port = await listConnections({ servicePort: 53 }, 10, { path });
  expect(port.connections[0]?.protocol).toBe("UDP");
});

test("a kernel without IPVS is named", async () => {
  expect(listConnections({}, 1, { path: "/proc/net/no_such_table" })).rejects.toThrow("modprobe ip_vs");
});
