// Passwords and keys that a configuration only names the file of.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import { instanceModel, Segment, vrrpModel } from "./segment.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "secrets-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const key = "0a".repeat(32);

/** The ways to be known, each with its secret in the configuration and in a file. */
const kinds: Readonly<
  Record<
    string,
    { text: string; plain: Partial<VrrpInstanceModel>; filed: (file: string) => Partial<VrrpInstanceModel> }
  >
> = {
  pass: {
    text: "s3cret",
    plain: { version: 2, advertisementInterval: seconds(1), authentication: { type: "pass", password: "s3cret" } },
    filed: (passwordFile) => ({
      ...{ version: 2, advertisementInterval: seconds(1) },
      authentication: { type: "pass", password: "", passwordFile },
    }),
  },
  ah: {
    text: "s3cret",
    plain: { version: 2, advertisementInterval: seconds(1), authentication: { type: "ah", password: "s3cret" } },
    filed: (passwordFile) => ({
      ...{ version: 2, advertisementInterval: seconds(1) },
      authentication: { type: "ah", password: "", passwordFile },
    }),
  },
  hmac: {
    text: `hex:${key}`,
    plain: { hmac: hmac({ hex: key }) },
    filed: (file) => ({ hmac: hmac({ hex: "", file }) }),
  },
};

function hmac(one: { readonly hex: string; readonly file?: string }) {
  return {
    keys: [{ id: 1, ...one }],
    activeKey: 1,
    antiReplay: "time",
    timeWindow: seconds(5),
    mode: "enforce",
  } as const;
}

for (const [kind, { text, plain, filed }] of Object.entries(kinds))
  describe(`${kind} with the secret in a file`, () => {
    /** The first director has it in its configuration, the second, which is better, in a file. */
    function pair() {
      const file = join(directory, "secret");
      const segment = new Segment();
      const model = (change: Partial<VrrpInstanceModel>) => vrrpModel(instanceModel({ ...filed(file), ...change }));
      segment.add(1, vrrpModel(instanceModel({ priority: 100, ...plain }))).start();
      const second = segment.add(2, model({ priority: 150 }));
      const refused = () => [1, 2].map((n) => segment.directors[n - 1]?.driver?.state()[0]?.counters.refused);
      return { file, segment, second, model, refused };
    }

    test("makes a pair with a director that has it in its configuration", () => {
      const { file, segment, second, refused } = pair();
      writeFileSync(file, `${text}\n`);
      second.start();
      segment.clock.advance(seconds(10));
      expect([segment.masters(), refused()]).toEqual([["d2"], [{}, {}]]);
    });

    test("is in fault without the file, and takes part when it is there", () => {
      const { file, segment, second, refused } = pair();
      second.start();
      segment.clock.advance(seconds(5));
      expect(second.driver?.state()[0]).toMatchObject({
        state: "fault",
        reason: expect.stringContaining("password or key"),
      });
      expect(segment.masters()).toEqual(["d1"]);
      writeFileSync(file, text);
      segment.clock.advance(seconds(20));
      expect([segment.masters(), refused()]).toEqual([["d2"], [{}, {}]]);
    });

    test("keeps what it has read when the file goes, and is not disturbed by being given the same again", () => {
      const { file, segment, second, model } = pair();
      writeFileSync(file, text);
      second.start();
      segment.clock.advance(seconds(10));
      rmSync(file);
      second.events.length = 0;
      second.configure(model({ priority: 150 }));
      second.configure(model({ priority: 160 }));
      segment.clock.advance(seconds(5));
      expect([segment.masters(), second.events, second.stateOf()]).toEqual([["d2"], [], "master"]);
    });

    test("counts as it is in the file when the configuration is given again", () => {
      const { file, segment, second, model, refused } = pair();
      writeFileSync(file, text);
      second.start();
      segment.clock.advance(seconds(10));
      writeFileSync(file, kind === "hmac" ? `hex:${"0b".repeat(32)}` : "other");
      segment.clock.advance(seconds(5));
      expect(refused()[0]).toEqual({});
      second.configure(model({ priority: 150 }));
      segment.clock.advance(milliseconds(5000));
      expect(Object.values(refused()[0] ?? {})[0]).toBeGreaterThan(0);
    });
  });
