import { expect, test } from "bun:test";
import { until } from "../../../test/support/until.ts";
import { silentLog } from "../../base/log.ts";
import type { WatchedModel } from "../../config/model.ts";
import type { Follow, Word } from "./talk.ts";
import { TrackersChild } from "./trackers-child.ts";
import type { Finding } from "./watcher.ts";

const watched: WatchedModel = {
  programs: { user: undefined, group: undefined, secure: true },
  scripts: [],
  processes: [],
  files: [{ name: "load", file: "/run/load", initialValue: undefined, overwrite: false }],
};

/** Trackers that say what a test has them say, in whatever pieces. */
function world() {
  const started: { told: Follow[]; killed: boolean; end: (how: string) => void; say: (text: string) => void }[] = [];
  const found: Finding[] = [];
  const child = new TrackersChild(
    (onOutput) => {
      const ended = Promise.withResolvers<string>();
      const one = {
        told: [] as Follow[],
        killed: false,
        end: ended.resolve,
        say: (text: string) => onOutput(Buffer.from(text)),
      };
      started.push(one);
      return {
        pid: started.length,
        ended: ended.promise,
        send: (line) => one.told.push(JSON.parse(line) as Follow),
        kill: () => {
          one.killed = true;
          one.end("it was ended by SIGKILL");
        },
      };
    },
    (finding) => found.push(finding),
    silentLog,
  );
  return { child, started, found };
}

const finding: Finding = { kind: "file", name: "load", reading: { up: true, value: 5, reason: "says 5" } };

test("nothing is started while there is nothing to follow; what is found comes in whatever pieces", () => {
  const { child, started, found } = world();
  child.configure(undefined);
  expect(started.length).toBe(0);
  child.configure(watched);
  const line = `${JSON.stringify({ kind: "finding", finding } satisfies Word)}\n`;
  for (const piece of [line.slice(0, 10), line.slice(10), `{"kind":"alive"}\n${line}`]) started[0]?.say(piece);
  child.configure(undefined);
  child.close();
  expect([found, started[0]?.told.map((follow) => follow.watched), started[0]?.killed]).toEqual([
    [finding, finding],
    [watched, null],
    true,
  ]);
});

test("trackers that end are replaced and told again; those of an agent that ends are not", async () => {
  const { child, started } = world();
  child.configure(watched);
  started[0]?.end("it was ended by SIGKILL");
  await until(() => started.length === 2, { what: "another one is started" });
  expect(started[1]?.told).toEqual([{ kind: "follow", watched }]);
  child.close();
  await Bun.sleep(0);
  expect([started.length, started[1]?.killed]).toEqual([2, true]);
});
