// For run-program.test.ts: a process with real-time scheduling and locked memory starts a program that looks at its own.

import { milliseconds } from "../base/duration.ts";
import { lockMemory, setScheduling } from "../kernel/linux/native.ts";
import { LinuxPrograms } from "../kernel/linux/programs.ts";
import { describeOutcome, runProgram } from "./run-program.ts";

const check = 'chrt -p $$ | grep -q SCHED_OTHER && grep -q "VmLck:.* 0 kB" /proc/$$/status';
lockMemory();
setScheduling("fifo", 10);
const own = Bun.spawnSync(["chrt", "-p", String(process.pid)]).stdout.toString();
const root = { user: 0, group: 0, groups: [] };
const program = { file: "/bin/sh", args: ["/bin/sh", "-c", check], identity: root };
const outcome = await runProgram(program, { limit: milliseconds(5000) }, new LinuxPrograms());
console.log(`${own.includes("SCHED_FIFO") ? "SCHED_FIFO" : own} here, ${describeOutcome(outcome)} there`);
