// The one entry: reads which part of the agent this process is and imports that part only.

import { parseRole } from "./supervisor/role.ts";

const words = process.argv.slice(2);
const role = parseRole(words);

if (role?.role === "vrrp") await (await import("./vrrp/process.ts")).runVrrp(role);
else if (role?.role === "checkers") await (await import("./balancer/process.ts")).runCheckers(role);
else if (role?.role === "trackers") await (await import("./vrrp/tracking/process.ts")).runTrackers(role);
else await (await import("./cli/main.ts")).main(words);
