// Listens on a port of loopback and never accepts: writes the port, then blocks its own thread for ever. Ended by SIGKILL.

import { writeSync } from "node:fs";

const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
writeSync(1, `${listener.port}\n`);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
