// What is done at once: announcing, probing, reconciling.

import { expect, test } from "bun:test";
import { CommandLine } from "./command-line.ts";
import { files } from "./fixtures.ts";
import { showWeb } from "./show-web.ts";

test("announce has a master tell its segments anew where its addresses live", async () => {
  await using line = await CommandLine.start();
  expect(await line.run(["announce", "web"])).toEqual({ code: 0, out: "web: announced\n", err: "" });
  expect(line.agent.acts).toEqual(["web"]);
});

test("probe has all checkers of a real server, or of a virtual server, probe now", async () => {
  await using line = await CommandLine.start();
  showWeb(line.agent);
  for (const name of ["10.9.0.12:80", "tcp 10.9.0.100:80", "c1"])
    expect(await line.run(["probe", name])).toEqual({
      code: 0,
      out: `tcp 10.9.0.100:80 -> 10.9.0.12:80 tcp 10.9.0.12:80: probes now\nwhat they see: vipward checkers "${name}"\n`,
      err: "",
    });
  expect(line.agent.acts).toEqual(["c1", "c1", "c1"]);
  expect(await line.run(["probe", "10.9.0.99:80"])).toMatchObject({ code: 1, out: "" });
});

test("reconcile says what is wrong with the kernel's table, and mends it", async () => {
  await using line = await CommandLine.start();
  await line.run(["apply", "vipward.yaml"], { files });
  expect((await line.run(["reconcile"])).out).toBe("the table is as it should be\n");
  // Somebody else empties the table.
  line.agent.checkers.runs = undefined;
  const dry = await line.run(["reconcile", "--dry-run"]);
  expect(dry.out).toMatchInlineSnapshot(`
    "would be done
      + tcp 10.9.0.100:80 -s wrr
      + tcp 10.9.0.100:80 -> 10.9.0.11:80 -m -w 10
      + tcp 10.9.0.100:80 -> 10.9.0.12:80 -m -w 10
    "
  `);
  expect((await line.run(["reconcile"])).out).toBe(dry.out.replace("would be done", "done"));
  expect((await line.run(["reconcile", "--dry-run"])).out).toBe("the table is as it should be\n");
});
