import { describe, expect, test } from "bun:test";
import { loadText } from "../load.ts";
import { supportOf, supportRows, unsupportedKeywords } from "./support.ts";

describe("the table of keywords that do not run", () => {
  test("says something about every keyword, once for each block", () => {
    for (const { block, keyword, note } of supportRows()) {
      expect(note.note.length).toBeGreaterThan(10);
      expect(unsupportedKeywords(block).filter((other) => other === keyword).length).toBeLessThan(2);
    }
  });

  test("has no keyword that runs", () => {
    // A keyword that runs does not ask the table, so its note would never be told.
    for (const { block, keyword } of supportRows()) {
      if (block === "any block") continue;
      const message = loadText(inside(block, keyword), { file: "a" }).issues.map((issue) => issue.message);
      expect(message.some((text) => text.startsWith(`${keyword}: `))).toBe(true);
    }
  });

  test("knows nothing about names that every object has", () => {
    expect(supportOf("constructor", "toString")).toBeUndefined();
    expect(supportOf("vrrp_instance", "constructor")).toBeUndefined();
  });
});

const around: Readonly<Record<string, readonly string[]>> = {
  "top level": [],
  global_defs: ["global_defs"],
  vrrp_instance: ["vrrp_instance A"],
  vrrp_sync_group: ["vrrp_sync_group A"],
  virtual_server: ["virtual_server 10.0.0.1 80"],
  real_server: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80"],
  TCP_CHECK: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "TCP_CHECK"],
  UDP_CHECK: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "UDP_CHECK"],
  PING_CHECK: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "PING_CHECK"],
  DNS_CHECK: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "DNS_CHECK"],
  SMTP_CHECK: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "SMTP_CHECK"],
  MISC_CHECK: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "MISC_CHECK"],
  host: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "SMTP_CHECK", "host"],
  HTTP_GET: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "HTTP_GET"],
  SSL_GET: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "SSL_GET"],
  SSL: ["SSL"],
  url: ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "HTTP_GET", "url"],
};

/** A file with the keyword in its block. */
function inside(block: string, keyword: string): string {
  const blocks = around[block];
  if (blocks === undefined) throw new Error(`no example of ${block}`);
  return `${blocks.map((head) => `${head} {\n`).join("")}${keyword}\n${"}\n".repeat(blocks.length)}`;
}
