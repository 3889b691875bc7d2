// Applies revisions as fast as it can and says each number once the store has it, until it is killed. Argument: the state folder.

import { Store } from "../../agent/control/store/store.ts";

const store = Store.open(process.argv[2] ?? "");
const source = { kind: "api" } as const;
for (let count = 0; ; count++) {
  const document = JSON.stringify({ count, padding: "x".repeat(2000) });
  const { number } = store.begin({ author: "a", reason: "", source, createdAt: count });
  const answer = {
    requestId: `r${number}`,
    fingerprint: "f",
    applied: {
      phases: [],
      operations: { added: 0, updated: 0, removed: 0 },
      replayed: false,
      unchanged: false,
      warnings: [],
    },
  };
  store.commit(number, { hash: `h${count}`, document }, { source, at: count, answer });
  const to = store.reservedSequence() + 10;
  store.reserveSequence(to);
  store.appendEvents([{ sequence: to, at: count, event: { kind: "agent-stopping", reason: String(count) } }]);
  process.stdout.write(`${number} ${to}\n`);
}
