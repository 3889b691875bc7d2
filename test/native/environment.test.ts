import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const fixture = join(import.meta.dir, "environment-fixture.ts");

interface End {
  readonly code: number;
  readonly output: string;
}

async function endOf(scene: string): Promise<End & { errors: string }> {
  const child = Bun.spawn([process.execPath, fixture, scene], { stdout: "pipe", stderr: "pipe" });
  const [output, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, output, errors };
}

describe("a process", () => {
  test.each(["exit in a callback", "exit outside"])("can %s while traffic flows, again and again", async (scene) => {
    const ends = [];
    for (let round = 0; round < 10; round++) ends.push(await endOf(scene));
    expect(ends).toEqual(ends.map(() => ({ code: 7, output: "", errors: "" })));
  });

  test.each([
    ["stay for a timer", "fired\n"],
    ["stay for a socket", "received\n"],
  ])("does %s", async (scene, output) => {
    expect(await endOf(scene)).toEqual({ code: 0, output, errors: "" });
  });

  test.each(["exit with everything open", "leave after use"])("can %s, when nothing keeps it", async (scene) => {
    expect(await endOf(scene)).toEqual({ code: 0, output: "", errors: "" });
  });

  test("hears of every socket although the callback of one threw", async () => {
    const output = "caught of the first\nthe second heard\n";
    expect(await endOf("throw in a callback")).toEqual({ code: 0, output, errors: "" });
  });

  test("ends with an error when a callback throws and nobody handles it", async () => {
    const { code, errors } = await endOf("throw without a handler");
    expect({ code, named: errors.includes("of the first") }).toEqual({ code: 1, named: true });
  });
});

describe("a worker that is terminated while traffic flows", () => {
  test("takes its thread, its timers and its sockets with it", async () => {
    expect(await endOf("workers that are terminated")).toEqual({ code: 0, output: "as before\n", errors: "" });
  });
});
