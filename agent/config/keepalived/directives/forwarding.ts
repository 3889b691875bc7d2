import { type Directive, numberOf, suggestion, withoutSlashComment } from "../directive.ts";
import { complain, type Draft, type Import, remember, setField } from "../draft.ts";
import type { Word } from "../parser.ts";

const methods: Readonly<Record<string, string>> = { NAT: "masquerade", DR: "direct", TUN: "tunnel" };
const checksums: Readonly<Record<string, string>> = { nocsum: "none", csum: "full", remcsum: "remote" };

/** `lb_kind NAT|DR|TUN [type ipip|gue port PORT|gre] [nocsum|csum|remcsum]` */
export const forwarding: Directive = (statement, draft, run) => {
  const words = withoutSlashComment(statement, run);
  const word = words[0];
  const method = word !== undefined && Object.hasOwn(methods, word.text) ? methods[word.text] : undefined;
  if (word === undefined || method === undefined) {
    if (word === undefined) return complain(run, "error", statement, `${statement.text} needs a value`);
    return complain(run, "error", word, `${word.text} is no way of forwarding`, {
      expected: "one of NAT, DR, TUN",
      ...suggestion(word.text.toUpperCase(), Object.keys(methods)),
      keepalived:
        "leaves the line out: a virtual server without one has NAT, a real server what its virtual server has",
    });
  }
  setField(run, draft, "forwarding", method, statement);
  if (words.length > 1) setField(run, draft, "tunnel", readTunnel(words.slice(1), run), statement);
};

function readTunnel(words: readonly Word[], run: Import): Draft {
  const tunnel: Draft = {};
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) readOption(word, rest, tunnel, run);
  return tunnel;
}

function readOption(word: Word, rest: Word[], tunnel: Draft, run: Import): void {
  remember(run, tunnel, "", word);
  const checksum = Object.hasOwn(checksums, word.text) ? checksums[word.text] : undefined;
  if (checksum !== undefined) return setField(run, tunnel, "checksum", checksum, word);
  if (word.text !== "type" && word.text !== "port")
    return complain(run, "error", word, `${JSON.stringify(word.text)} is not known here`, {
      expected: "type ipip, type gue port PORT, type gre, nocsum, csum or remcsum",
    });
  const value = rest.shift();
  if (value === undefined) return complain(run, "error", word, `${word.text} needs a value`);
  setField(run, tunnel, word.text, word.text === "type" ? value.text : numberOf(value), value);
}
