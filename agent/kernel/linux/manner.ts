// How Linux is asked to run this process.

import { lockMemory, processors, setNice, setProcessors, setScheduling } from "./native.ts";

/** The real calls. */
export const linuxManner = { processors, setProcessors, setScheduling, setNice, lockMemory };
