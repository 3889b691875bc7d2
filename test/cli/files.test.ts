// Files that no agent runs yet. The agent's clock stands at noon; the command line's five minutes later.

import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadText } from "../../agent/config/load.ts";
import { vipward } from "./command-line.ts";
import { files } from "./fixtures.ts";

describe("files", () => {
  test("check says what is in a file", async () => {
    expect(await vipward(["check", "vipward.yaml"], { files })).toEqual({
      code: 0,
      out: "vipward.yaml: valid yaml: 1 VRRP instance, 1 virtual server, 2 real servers\n",
      err: "",
    });
  });

  test("check says which programs run only where the agent may run any", async () => {
    const conf = 'vrrp_script up {\n  script "/bin/true"\n}\n';
    const said = await vipward(["check", "k.conf"], { files: { "k.conf": conf } });
    expect(said.code).toBe(0);
    expect(said.err).toContain("names 1 program, run only with vipward run --allow-scripts");
    expect(said.err).toContain("scripts[0]");
    const plain = await vipward(["check", "k.conf", "-o", "json"], { files: { "k.conf": conf } });
    expect(JSON.parse(plain.out).programs).toHaveLength(1);
  });

  test("check tells every problem: exit code 2", async () => {
    const said = await vipward(["check", "wrong.yaml", "-o", "json"], { files });
    expect(said.code).toBe(2);
    expect(JSON.parse(said.out)).toMatchObject({
      valid: false,
      issues: [{ path: "vrrp_instances[0].priority" }, { path: "virtual_servers[0].scheduler", suggestion: "wrr" }],
    });
  });

  test("import prints YAML that check accepts", async () => {
    const conf =
      "virtual_server 10.9.0.100 80 {\n lb_algo rr\n protocol TCP\n real_server 10.9.0.11 80 {\n weight 3\n }\n}\n";
    const said = await vipward(["import", "k.conf"], { files: { "k.conf": conf } });
    expect(said.out).toMatchInlineSnapshot(`
      "virtual_servers:
        - address: 10.9.0.100
          port: 80
          protocol: tcp
          scheduler: rr
          real_servers:
            - address: 10.9.0.11
              port: 80
              weight: 3
      "
    `);
    expect((await vipward(["check", "i.yaml"], { files: { "i.yaml": said.out } })).code).toBe(0);
  });

  describe("import keeps passwords and keys out of what it prints", () => {
    const key = "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const conf = `vrrp_instance A {
  interface eth0
  virtual_router_id 1
  authentication {
    auth_type PASS
    auth_pass 5ecret # in the safe
    # auth_pass 0lder
  }
  virtual_ipaddress {
    10.9.0.1
  }
}
vrrp_instance B/C {
  interface eth0
  version 3
  virtual_router_id 2
  auth_hmac {
    key 7 ${key}
  }
  virtual_ipaddress {
    10.9.0.2
  }
}
`;

    test("without a directory it says which files are to be made", async () => {
      const said = await vipward(["import", "k.conf"], { files: { "k.conf": conf } });
      expect(said.code).toBe(0);
      expect(said.out).toContain("password_file: /etc/vipward/secrets/A.password # in the safe");
      expect(said.out).toContain("file: /etc/vipward/secrets/B_C.key-7");
      expect(said.err).toContain(
        "to be made, for its owner alone: /etc/vipward/secrets/A.password, with the password of VRRP instance A\n",
      );
      for (const secret of ["5ecret", "0lder", key]) expect(said.out + said.err).not.toContain(secret);
    });

    test("with one it makes them, and importing the output changes nothing", async () => {
      const directory = mkdtempSync(join(tmpdir(), "import-"));
      try {
        const words = ["--secrets", join(directory, "secrets")];
        const said = await vipward(["import", "k.conf", ...words], { files: { "k.conf": conf } });
        const password = join(directory, "secrets/A.password");
        expect(readFileSync(password, "utf8")).toBe("5ecret\n");
        expect(statSync(password).mode & 0o777).toBe(0o600);
        expect(readFileSync(join(directory, "secrets/B_C.key-7"), "utf8")).toBe(`${key}\n`);
        const again = await vipward(["import", "a.yaml", ...words], { files: { "a.yaml": said.out } });
        const settingsOf = (file: string, text: string): unknown => loadText(text, { file }).settings;
        expect(settingsOf("again.yaml", again.out)).toEqual(settingsOf("a.yaml", said.out));
        expect((await vipward(["import", "k.conf", ...words], { files: { "k.conf": conf } })).out).toBe(said.out);
        const other = await vipward(["import", "k.conf", ...words], {
          files: { "k.conf": conf.replace("5ecret", "changed") },
        });
        expect(other).toMatchObject({ code: 2, out: "" });
        expect(other.err).toContain("is there already with something else than the password of VRRP instance A");
        expect(readFileSync(password, "utf8")).toBe("5ecret\n");
        const back = await vipward(["export", "a.yaml"], { files: { "a.yaml": said.out } });
        expect(back.out).toContain("auth_pass 5ecret");
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });

    test("unless somebody wants them there", async () => {
      const said = await vipward(["import", "k.conf", "--with-secrets"], { files: { "k.conf": conf } });
      expect(said.out).toContain("password: 5ecret");
    });
  });

  test("a file that is not there: exit code 2", async () => {
    const said = await vipward(["check", "/nowhere/vipward.yaml"]);
    expect(said.code).toBe(2);
    expect(said.err).toContain("cannot read /nowhere/vipward.yaml");
  });
});
