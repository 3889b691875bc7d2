import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadText } from "../../load.ts";
import { exportKeepalived } from "./export.ts";
import { quoted } from "./lines.ts";

/** What keepalived has no word for. */
const notThere = /^virtual_servers\[.*\]\.(name|marked_traffic)$|\.checkers/;

const golden = join(import.meta.dir, "../../../../test/config/golden");

describe("a configuration that is written as keepalived.conf", () => {
  for (const file of readdirSync(golden).filter((name) => name.endsWith(".conf")))
    test(`means the same when it is read again: ${file}`, () => {
      const { settings } = loadText(readFileSync(join(golden, file), "utf8"), { file });
      if (settings === undefined) return;
      const { text, lost } = exportKeepalived(settings);
      const paths = lost.map(({ path }) => path).filter((path) => !notThere.test(path));
      expect(paths).toEqual([]);
      if (lost.length === 0) expect(loadText(text, { file: "exported.conf" }).settings).toEqual(settings);
    });

  test("says what keepalived has no word for", () => {
    const yaml =
      "address_lease: 20s\nvrrp_instances:\n  - {name: A, interface: eth0, virtual_router_id: 1, virtual_addresses: [10.9.0.1]}\n";
    const { settings } = loadText(yaml, { file: "a.yaml" });
    const { text, lost } = settings === undefined ? { text: "", lost: [] } : exportKeepalived(settings);
    expect(lost.map(({ path }) => path)).toEqual(["address_lease"]);
    expect(text).toBe(
      "vrrp_instance A {\n    interface eth0\n    virtual_router_id 1\n    priority 100\n    virtual_ipaddress {\n        10.9.0.1/32\n    }\n}\n",
    );
  });

  test("keeps the names of interfaces with virtual MACs, although keepalived has one prefix for all", () => {
    const instance = (name: string, id: number, more: string) =>
      `  - {name: ${name}, interface: eth0, virtual_router_id: ${id}, virtual_addresses: [10.9.0.${id}], virtual_mac: {}${more}}\n`;
    const yaml = `vrrp_instances:\n${instance("A", 1, ", virtual_mac_prefix: va")}${instance("B", 2, ", virtual_mac_prefix: vb")}${instance("C", 3, "")}`;
    const { settings } = loadText(yaml, { file: "a.yaml" });
    const { text } = settings === undefined ? { text: "" } : exportKeepalived(settings);
    expect(text.match(/vmac_prefix.*|use_vmac.*/g)).toEqual([
      "vmac_prefix va",
      "use_vmac",
      "use_vmac vb.2",
      "use_vmac vrrp.3",
    ]);
  });

  test("has words in quotes where they need them", () => {
    for (const word of ["a b", 'a"b', "a\\b", "a#b!", "$HOME/x", "${A}", "it's", "{", "@one"]) {
      const { settings } = loadText(`global_defs {\n router_id ${quoted(word)}\n}\n`, {
        file: "k.conf",
        format: "keepalived",
      });
      expect(settings?.director.name).toBe(word);
    }
  });
});
