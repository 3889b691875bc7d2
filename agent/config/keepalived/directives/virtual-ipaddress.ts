import { familyOf, parseAddress, parseInterfaceAddress } from "../../../base/address.ts";
import { tellTaken } from "../corrections.ts";
import { type Directive, withoutSlashComment } from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember } from "../draft.ts";
import type { Statement, Word } from "../parser.ts";
import { broadcastOf } from "./broadcast.ts";
import { trackGroup } from "./track-group.ts";

/** `virtual_ipaddress { ADDRESS[/LENGTH] [dev INTERFACE] … }`, one address a line. */
export const virtualIpaddress: Directive = addressBlock("virtualAddresses");

/** `virtual_ipaddress_excluded { … }`, with the same lines. */
export const virtualIpaddressExcluded: Directive = addressBlock("excludedAddresses");

/** A block of addresses, into this list of the draft. */
export function addressBlock(key: string): Directive {
  return (statement, instance, run) => {
    if (statement.block === undefined)
      return complain(run, "error", statement, `${statement.text} has no block`, {
        expected: "{ on the same line or the next",
      });
    for (const line of statement.block) addElement(run, instance, key, readAddress(line, run), line);
  };
}

function readAddress(line: Statement, run: Import): Draft {
  const address: Draft = { address: withinLength(line, run) };
  const words = [...withoutSlashComment(line, run)];
  for (let word = words.shift(); word !== undefined; word = words.shift()) readOption(word, words, address, run);
  if (line.block !== undefined) complain(run, "error", line, "an address has no block", { expected: "no { here" });
  return address;
}

/** A prefix longer than an address is one address. */
function withinLength(line: Word, run: Import): string {
  const [bare = "", length] = line.text.split("/");
  const parsed = parseAddress(bare);
  if (parsed === undefined || length === undefined || !/^\d+$/.test(length)) return line.text;
  const longest = familyOf(parsed) === "ipv4" ? 32 : 128;
  return Number(length) <= longest
    ? line.text
    : tellTaken(run, line, "address", `${bare}/${longest}`, `a prefix length from 0 to ${longest}`);
}

function readOption(word: Word, rest: Word[], address: Draft, run: Import): void {
  const read = Object.hasOwn(options, word.text) ? options[word.text] : undefined;
  if (read === undefined)
    return complain(run, "error", word, `${JSON.stringify(word.text)} is not known after a virtual address`, {
      expected: `one of ${Object.keys(options).join(", ")}`,
    });
  read(word, rest, address, run);
}

/** Reads what follows the word. */
type Option = (word: Word, rest: Word[], address: Draft, run: Import) => void;

/** An option with a value, which the schema judges unless `read` makes something of it first. */
function valued(key: string, what: string, read: (text: string, address: Draft) => unknown = (text) => text): Option {
  return (word, rest, address, run) => {
    const value = rest.shift();
    if (value === undefined) return complain(run, "error", word, `${word.text} needs ${what}`);
    address[key] = read(value.text, address);
    remember(run, address, key, value);
  };
}

function set(key: string, value: boolean): Option {
  return (word, _rest, address, run) => {
    address[key] = value;
    remember(run, address, key, word);
  };
}

const broadcast = valued("broadcast", "an address, + or -", (text, { address }) =>
  broadcastOf(text, parseInterfaceAddress(String(address))),
);

/** keepalived passes any number on; an address that is renewed as long as it is held is either preferred or not. */
const preferredLifetime: Option = (word, rest, address, run) => {
  const value = rest.shift();
  const own = String(address.address);
  if (value === undefined) return complain(run, "error", word, "preferred_lft needs a time, 0 or forever");
  if (!own.includes(":"))
    return complain(run, "warning", value, "preferred_lft has no meaning for IPv4, and is left out", {
      keepalived: "leaves it out, too",
    });
  address.preferred = value.text !== "0";
  remember(run, address, "preferred", value);
  if (value.text !== "0" && value.text !== "forever")
    complain(run, "warning", value, `preferred_lft ${value.text}: the address stays preferred as long as it is held`, {
      expected: "0 or forever",
    });
};

/** IPv6 addresses are always put like this. */
const alreadySo: Option = () => undefined;

/** The words that keepalived knows after an address. */
const options: Readonly<Record<string, Option>> = {
  dev: valued("interface", "the name of an interface"),
  brd: broadcast,
  broadcast,
  label: valued("label", "a name"),
  scope: valued("scope", "a scope", (text) => scopeNames[text] ?? text),
  preferred_lft: preferredLifetime,
  peer: valued("peer", "an address", (text, { address }) => withLength(text, String(address))),
  use_vmac: set("virtualMac", true),
  track_group: (word, rest, address, run) => trackGroup(word, rest.shift(), address, run),
  no_track: set("track", false),
  home: set("home", true),
  "-nodad": alreadySo,
  nodad: alreadySo,
  mngtmpaddr: set("managesTemporary", true),
  noprefixroute: set("prefixRoute", false),
  autojoin: set("autojoin", true),
};

/** Scopes may be given as numbers (rt_scopes). */
const scopeNames: Readonly<Record<string, string>> = { "0": "global", "200": "site", "253": "link", "254": "host" };

/** A peer without a length has that of the address. */
function withLength(peer: string, address: string): string {
  const length = address.split("/")[1];
  return parseAddress(peer) === undefined || length === undefined ? peer : `${peer}/${length}`;
}
