// Changes of the configuration, and what comes of them. The agent's clock stands at noon; the command line's five minutes later.

import { describe, expect, test } from "bun:test";
import { schedulerMissing } from "../control/memory-agent.ts";
import { CommandLine } from "./command-line.ts";
import { files, yaml } from "./fixtures.ts";

describe("changes", () => {
  test("apply says what the kernel acknowledged", async () => {
    await using line = await CommandLine.start();
    expect(await line.run(["apply", "vipward.yaml", "--reason", "first"], { files })).toEqual({
      code: 0,
      out: "revision 1 applied in 0.0 ms: ipvs 3 added, 0 updated, 0 removed\n",
      err: "",
    });
    expect(line.agent.store.running()?.revision).toMatchObject({ author: "alice", reason: "first" });
    expect((await line.run(["apply", "vipward.yaml"], { files })).out).toBe("revision 1 runs already\n");
    expect((await line.run(["apply", "vipward.yaml", "--validate-only"], { files })).out).toBe(
      "valid, nothing was changed: ipvs 0 added, 0 updated, 0 removed\n",
    );
  });

  test("plan shows configuration, kernel and VRRP", async () => {
    await using line = await CommandLine.start();
    const said = await line.run(["plan", "vipward.yaml"], { files });
    expect(said.out.replace(/plan [0-9a-f]{64}/, "plan HASH")).toMatchInlineSnapshot(`
      "configuration
        + vrrp_instances[web]: {"name":"web","interface":"eth0","virtual_router_id":51,"priority":150,"virtual_addresses":["10.9.0.100/24"]}
        + virtual_servers[tcp 10.9.0.100:80]: {"address":"10.9.0.100","port":80,"protocol":"tcp","scheduler":"wrr","real_servers":[{"address":"10.9.0.11","weight":10,"checkers":[{"tcp":{}}]},{"address":"10.9.0.12","weight":10,"checkers":[{"tcp":{}}]}]}
      ipvs
        + tcp 10.9.0.100:80 -s wrr
        + tcp 10.9.0.100:80 -> 10.9.0.11:80 -m -w 10
        + tcp 10.9.0.100:80 -> 10.9.0.12:80 -m -w 10
      checkers
        2 begin anew
      vrrp
        web: starts as backup and becomes master when it hears no better one within the master down interval +10.9.0.100/24
      plan HASH on revision 0
      "
    `);
    const hash = /plan ([0-9a-f]{64})/.exec(said.out)?.[1] ?? "";
    expect((await line.run(["apply", "vipward.yaml", "--plan-hash", hash], { files })).code).toBe(0);
    expect((await line.run(["plan", "vipward.yaml"], { files })).out).toBe("no change to revision 1\n");
  });

  test("a wrong file is told with its lines and changes nothing: exit code 2", async () => {
    await using line = await CommandLine.start();
    const said = await line.run(["apply", "wrong.yaml"], { files });
    expect(said.code).toBe(2);
    expect(said.err).toMatchInlineSnapshot(`
      "wrong.yaml:6:15: vrrp_instances[0].priority: error: 300 is too large
        6 |     priority: 300
          |               ^
        expected: a whole number from 1 to 255
      wrong.yaml:12:16: virtual_servers[0].scheduler: error: "wrrr" is not known here
        12 |     scheduler: wrrr
           |                ^
        expected: one of rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos
        did you mean: wrr
      vipward: wrong.yaml: 2 errors
      "
    `);
    expect(line.agent.checkers.calls).toEqual([]);
  });

  test("what the kernel refuses is told with its errno: exit code 1", async () => {
    await using line = await CommandLine.start();
    line.agent.checkers.mishaps.push([schedulerMissing]);
    expect(await line.run(["apply", "vipward.yaml"], { files })).toEqual({
      code: 1,
      out: "",
      err: "vipward: nothing was changed\n  add service tcp 10.9.0.100:80: ENOENT (no such scheduler)\n",
    });
  });

  test("a revision that does not run is told: exit code 1", async () => {
    await using line = await CommandLine.start();
    expect(await line.run(["apply", "vipward.yaml", "--expected-revision", "7"], { files })).toEqual({
      code: 1,
      out: "",
      err: "vipward: revision 0 runs, not 7: read it again\n",
    });
  });

  test("a change with --confirm says how to confirm it, and status too", async () => {
    await using line = await CommandLine.start();
    const apply = ["apply", "vipward.yaml", "--confirm", "10m", "--confirm-id", "push-7"];
    const waits = "it goes back to revision 0 in 5m unless confirmed: vipward confirm push-7\n";
    expect((await line.run(apply, { files })).out).toEndWith(waits);
    expect((await line.run(["status"])).out).toContain(waits);
    expect(await line.run(["apply", "vipward.yaml"], { files })).toMatchObject({
      code: 1,
      err: 'vipward: revision 1 waits to be confirmed as "push-7": confirm or cancel it first\n',
    });
    expect((await line.run(["confirm"])).out).toBe("revision 1 stays\n");
    expect(await line.run(["confirm"])).toMatchObject({ code: 1, err: "vipward: no change waits to be confirmed\n" });
    expect(await line.run(["cancel", "push-7"])).toMatchObject({
      code: 1,
      err: 'vipward: "push-7" does not wait any more: revision 1 was confirmed\n',
    });
  });

  test("a change with --gate says that it is watched, and cancel takes it back", async () => {
    await using line = await CommandLine.start();
    expect((await line.run(["apply", "vipward.yaml", "--gate", "10m"], { files })).out).toContain(
      "it stays unless the director's health gets worse within 5m\n",
    );
    expect((await line.run(["cancel", "--reason", "errors"])).out).toBe("it went back: revision 2 runs\n");
    expect(line.agent.store.running()?.revision).toMatchObject({
      author: "alice",
      reason: "revision 1 goes back: errors",
    });
  });

  test("history, diff and rollback tell and undo what was done", async () => {
    await using line = await CommandLine.start();
    expect((await line.run(["history"])).out).toBe("no configuration was ever applied\n");
    await line.run(["apply", "vipward.yaml", "--reason", "first"], { files });
    const faster = { "faster.yaml": yaml.replace("priority: 150", "priority: 200") };
    await line.run(["apply", "faster.yaml"], { files: faster });
    expect((await line.run(["diff"])).out).toBe("revision 1 -> 2\n  ~ vrrp_instances[web].priority: 150 -> 200\n");
    expect((await line.run(["rollback", "1", "--reason", "slower"])).out).toStartWith("revision 3 applied");
    expect((await line.run(["diff", "1", "3"])).out).toBe("revision 1 -> 3: the same content\n");
    expect((await line.run(["history", "-n", "2"])).out).toMatchInlineSnapshot(`
      "Revision  Result   When    Took  Author  Source  Reason
      3         applied  5m ago  0s    alice   api     slower
      2         applied  5m ago  0s    alice   api     -
      "
    `);
    expect(await line.run(["rollback", "7"])).toMatchObject({ code: 1, err: "vipward: there is no revision 7\n" });
  });

  test("a guard is told by its name, and overridden with a reason", async () => {
    await using line = await CommandLine.start();
    await line.run(["apply", "vipward.yaml"], { files });
    const empty = { "empty.yaml": "{}" };
    expect(await line.run(["apply", "empty.yaml", "--max-removed", "0"], { files: empty })).toMatchObject({
      code: 1,
      err:
        "vipward: nothing was changed: 1 virtual addresses would be removed, at most 0 may; 1 virtual servers would be removed, " +
        "at most 0 may: if that is meant, override the guard with a reason (max_removed_virtual_addresses, " +
        "max_removed_virtual_servers)\n",
    });
    const overrides = [
      "--override",
      "max_removed_virtual_addresses=moved",
      "--override",
      "max_removed_virtual_servers=x",
    ];
    const said = await line.run(["apply", "empty.yaml", "--max-removed", "0", ...overrides], { files: empty });
    expect(said.code).toBe(0);
    expect(line.agent.store.running()?.revision.reason).toBe(
      "max_removed_virtual_addresses overridden: moved; max_removed_virtual_servers overridden: x",
    );
    expect((await line.run(["apply", "empty.yaml", "--override", "all=x"], { files: empty })).code).toBe(2);
  });

  test("stop tells who asked", async () => {
    await using line = await CommandLine.start();
    expect((await line.run(["stop", "--reason", "kernel update"])).out).toBe("stopped\n");
    expect(line.agent.stops).toEqual([{ keep: false, reason: "alice: kernel update" }]);
  });

  test("stop answers programs, too, and still exits with 1 where something is left", async () => {
    await using line = await CommandLine.start();
    line.agent.leftBehind = [{ operation: "stop", object: "vrrp", cause: { code: "ESRCH", text: "no answer" } }];
    const said = await line.run(["stop", "-o", "json"]);
    expect(JSON.parse(said.out)).toEqual({ warnings: ["no answer"] });
    expect(said.code).toBe(1);
  });

  test("a drain takes only whole numbers: exit code 2", async () => {
    await using line = await CommandLine.start();
    for (const floor of ["abc", "-1", "1.5", "4294967296", ""]) {
      const said = await line.run(["drain", "--node", "--no-wait", `--floor=${floor}`]);
      expect(said).toMatchObject({
        code: 2,
        err: `vipward: --floor ${JSON.stringify(floor)} is not allowed, expected 0 to 4294967295\n`,
      });
    }
  });

  test("a stop that leaves something behind says what: exit code 1", async () => {
    await using line = await CommandLine.start();
    const text = "the vrrp process did not answer; its addresses go later";
    line.agent.leftBehind = [{ operation: "stop", object: "vrrp", cause: { code: "ESRCH", text } }];
    expect(await line.run(["stop"])).toEqual({
      code: 1,
      out: "",
      err: `vipward: stopped, but not everything was taken away\n  ${text}\n`,
    });
  });
});
