import { expect, test } from "bun:test";
import { diagnosticsOf } from "./diagnostic.ts";
import { loadText } from "./load.ts";

function diagnostics(text: string, file: string) {
  const { issues, sources } = loadText(text, { file });
  return diagnosticsOf(issues, sources);
}

test("a diagnostic of a keepalived.conf says flat what, where up to where, and what keepalived does", () => {
  const text = `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  prioritty 150
  debug 1
  advert_int x
  virtual_ipaddress {
    10.9.0.100/24
  }
}
`;
  expect(diagnostics(text, "k.conf")).toEqual([
    {
      ...{ severity: "error", code: "unknown-keyword", file: "k.conf", line: 4, column: 3, end_column: 12 },
      message: 'unknown keyword "prioritty" in vrrp_instance',
      suggestion: "priority",
      keepalived: "ignores the line, and goes on",
    },
    {
      ...{ severity: "warning", code: "keyword-without-meaning", file: "k.conf", line: 5, column: 3, end_column: 8 },
      message: "debug: log levels are chosen on the command line",
    },
    {
      ...{ severity: "error", code: "invalid-value", file: "k.conf", line: 6, column: 3, end_column: 13 },
      ...{
        message: '"x" is not a duration',
        expected: '10ms to 255s, as a text like "3s" or "100ms" or a number of seconds',
        keepalived: "goes on",
      },
    },
  ]);
});

test("and of YAML with the field, up to the end of a quoted text too", () => {
  const text =
    'vrrp_instances:\n  - {name: "a b", interface: "eth 0", virtual_router_id: 1, virtual_addresses: [10.9.0.1]}\n';
  expect(diagnostics(text, "a.yaml")).toMatchObject([
    { code: "invalid-value", path: "vrrp_instances[0].interface", line: 2, column: 30, end_column: 37 },
  ]);
});

test("where a secret ends is not said", () => {
  const text =
    "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n authentication {\n auth_type PASS\n auth_pass toolongasecret\n }\n virtual_ipaddress {\n 10.9.0.1\n }\n}\n";
  const [first] = diagnostics(text, "k.conf");
  expect(first).toMatchObject({ code: "read-otherwise", line: 6, column: 2 });
  expect(first).not.toHaveProperty("end_column");
  expect(JSON.stringify(diagnostics(text, "k.conf"))).not.toContain("toolong");
});
