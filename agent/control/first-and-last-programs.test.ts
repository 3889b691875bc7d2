import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seconds } from "../base/duration.ts";
import { silentLog } from "../base/log.ts";
import type { ProgramModel } from "../config/model.ts";
import type { Event } from "../events/event.ts";
import type { ProgramEnd } from "../notifications/ports.ts";
import { FirstAndLastPrograms } from "./first-and-last-programs.ts";

let runtimeDirectory: string;
beforeEach(() => {
  runtimeDirectory = mkdtempSync(join(tmpdir(), "vipward-first-"));
});
afterEach(() => rmSync(runtimeDirectory, { recursive: true }));

const program = (path: string): ProgramModel => ({ command: [path], user: undefined, group: undefined });
const model = {
  startup: { program: program("/bin/first"), timeout: seconds(1) },
  shutdown: { program: program("/bin/last"), timeout: seconds(1) },
  programs: { user: undefined, group: undefined, secure: true },
};

/** A control process, with what it ran and reported. */
function control(end: ProgramEnd = { ok: true }) {
  const ran: string[] = [];
  const events: Event[] = [];
  const runProgram = async (run: { readonly program: ProgramModel }) => {
    ran.push(run.program.command[0]);
    return end;
  };
  const report = (event: Event) => events.push(event);
  return { ran, events, programs: new FirstAndLastPrograms({ runtimeDirectory, runProgram, report, log: silentLog }) };
}

test("the first program runs at a start, the last one at a stop, and at the next start the first one again", async () => {
  const first = control();
  await first.programs.begin(model);
  await first.programs.end(model);
  expect(first.ran).toEqual(["/bin/first", "/bin/last"]);
  const second = control();
  await second.programs.begin(model);
  expect(second.ran).toEqual(["/bin/first"]);
});

test("a control process that takes the place of one that died runs no first program", async () => {
  await control().programs.begin(model);
  const next = control();
  await next.programs.begin(model);
  expect(next.ran).toEqual([]);
});

test("one that fails is told, and the agent goes on", async () => {
  const { programs, events } = control({ ok: false, reason: "/bin/first ended with exit code 1" });
  await programs.begin(model);
  expect(events).toMatchObject([{ kind: "notification-failed", target: "startup script", notification: "/bin/first" }]);
});
