import { type Block, bareFlag, type Directive, number, numberOf, text, withoutSlashComment } from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember, setField } from "../draft.ts";
import type { Statement, Word } from "../parser.ts";

/** A directive for the instance's unicast object. */
function ofUnicast(directive: Directive): Directive {
  return (statement, instance, run) => {
    if (instance.unicast === undefined) setField(run, instance, "unicast", {}, statement);
    directive(statement, instance.unicast as Draft, run);
  };
}

/** `unicast_peer { ADDRESS [min_ttl N] [max_ttl N] … }`, one peer a line. */
const unicastPeer: Directive = (statement, unicast, run) => {
  if (statement.block === undefined)
    return complain(run, "error", statement, "unicast_peer has no block", {
      expected: "{ on the same line or the next",
    });
  for (const line of statement.block) addElement(run, unicast, "peers", readPeer(line, run), line);
};

function readPeer(line: Statement, run: Import): Draft {
  const peer: Draft = { address: line.text };
  const words = [...withoutSlashComment(line, run)];
  for (let word = words.shift(); word !== undefined; word = words.shift()) readLimit(word, words, peer, run);
  return peer;
}

function readLimit(word: Word, rest: Word[], peer: Draft, run: Import): void {
  const key = limits[word.text];
  if (key === undefined)
    return complain(run, "error", word, `${JSON.stringify(word.text)} is not known after a peer`, {
      expected: "min_ttl or max_ttl",
    });
  const value = rest.shift();
  if (value === undefined) return complain(run, "error", word, `${word.text} needs a number`);
  peer[key] = numberOf(value);
  remember(run, peer, key, value);
}

const limits: Readonly<Record<string, string>> = { min_ttl: "minTtl", max_ttl: "maxTtl" };

/** A configured source that is not there is always a fault, as with this keyword. */
const trackSource: Directive = () => undefined;

/** The keywords of an instance about unicast and sources. */
export const unicastDirectives: Block["directives"] = {
  unicast_src_ip: text("sourceAddress"),
  track_src_ip: trackSource,
  unicast_peer: ofUnicast(unicastPeer),
  unicast_ttl: ofUnicast(number("ttl")),
  check_unicast_src: ofUnicast(bareFlag("checkSource")),
  unicast_fault_no_peer: ofUnicast(bareFlag("faultWithoutPeers")),
};

/** `vrrp_check_unicast_src` of global_defs. */
export const checkUnicastSource: Directive = ofUnicast(bareFlag("checkSource"));
