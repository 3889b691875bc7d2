// Takes the lock of the folder that it is given, says whether it has it, and stays.

import { lockRuntimeDirectory } from "./runtime-lock.ts";

const lock = await lockRuntimeDirectory(process.argv[2] ?? "", 0);
process.stdout.write(lock === undefined ? "refused\n" : "mine\n");
if (lock !== undefined) setInterval(() => {}, 1000);
