// Who is told, and by which programs.

import fc from "fast-check";
import { optional, port, seconds, word } from "./values.ts";

const command = fc.oneof(
  fc.constantFrom("/usr/bin/tell", "/usr/bin/tell master 'two words'"),
  fc
    .array(
      fc.string({ maxLength: 8 }).filter((text) => !text.includes("\0")),
      { maxLength: 3 },
    )
    .map((more) => ["/bin/x", ...more]),
);
const program = fc.oneof(
  command,
  fc.record({ command, user: word }, { requiredKeys: ["command"] }),
  fc.record({ command, user: word, group: word }),
);
export const notify = fc.record(
  {
    master: program,
    backup: program,
    fault: program,
    stop: program,
    deleted: program,
    any: program,
    masterReceivesLowerPriority: program,
    priorityChanges: fc.boolean(),
    mail: fc.boolean(),
  },
  optional,
);
const runOnce = fc.record({ program, timeout: seconds }, { requiredKeys: ["program"] });
const login = fc.oneof(
  fc.constant({}),
  fc.record({ user: word, password: fc.stringMatching(/^[ -~]{1,20}$/) }),
  fc.record({ user: word, passwordFile: fc.constant("/etc/secrets/mail") }),
);
function withLogin(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>, requiredKeys: string[]) {
  return fc.tuple(fc.record(fields, { requiredKeys }), login).map(([mail, account]) => ({ ...mail, ...account }));
}
export const notifications = fc.record(
  {
    scriptTimeout: seconds,
    fifos: fc.array(
      fc.record(
        { path: word.map((name) => `/run/${name}`), events: fc.constantFrom("all", "vrrp"), reader: program },
        { requiredKeys: ["path"] },
      ),
      { maxLength: 2 },
    ),
    statesOnReload: fc.boolean(),
    firstRealServers: fc.boolean(),
    mail: withLogin(
      {
        server: word,
        port,
        encryption: fc.constantFrom("none", "opportunistic", "starttls", "tls"),
        from: word.map((name) => `${name}@example.com`),
        to: fc.array(
          word.map((name) => `${name}@example.com`),
          { minLength: 1, maxLength: 3 },
        ),
        heloName: word,
        timeout: seconds,
        faults: fc.boolean(),
      },
      ["server", "to"],
    ),
    startup: runOnce,
    shutdown: runOnce,
  },
  optional,
);
export const programs = fc.oneof(
  fc.record({ user: word, secure: fc.boolean() }, optional),
  fc.record({ user: word, group: word, secure: fc.boolean() }),
);
