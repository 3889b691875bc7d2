// `virtual_routes { … }` and `static_routes { … }`: one route a line, in the grammar of `ip route`.

import { tableNumbers } from "../../schema/routing.ts";
import { type Directive, numberOf, withoutSlashComment } from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember } from "../draft.ts";
import type { Statement, Word } from "../parser.ts";
import { isOnLink } from "../route-scope.ts";
import { readEncap, tosOf } from "./route-encap.ts";
import { trackGroup } from "./track-group.ts";

/** A block of routes, into this list of the draft. */
export function routeBlock(key: string): Directive {
  return (statement, draft, run) => {
    if (statement.block === undefined)
      return complain(run, "error", statement, `${statement.text} has no block`, { expected: "{ on the same line" });
    for (const line of statement.block) addElement(run, draft, key, readRoute(line, run), line);
  };
}

function readRoute(line: Statement, run: Import): Draft {
  const route: Draft = {};
  const reader: Reader = { words: [line, ...withoutSlashComment(line, run)], route, hop: undefined, run };
  for (let word = reader.words.shift(); word !== undefined; word = reader.words.shift()) readWord(word, reader);
  if (route.to === undefined)
    complain(run, "error", line, "the route has no destination", { expected: "a prefix or default" });
  if (isOnLink(route, (route.nextHops as Draft[] | undefined) ?? [])) setScope(route);
  return route;
}

/** Says what keepalived takes; what a configuration of ours takes anyway need not be said. */
function setScope(route: Draft): void {
  if (route.scope === undefined) route.scope = "global";
  else if (route.scope === "link") delete route.scope;
}

/** Where the reading of a line is: the words left, and the next hop that words belong to. */
interface Reader {
  readonly words: Word[];
  readonly route: Draft;
  hop: Draft | undefined;
  readonly run: Import;
}

function readWord(word: Word, reader: Reader): void {
  const read = Object.hasOwn(words, word.text) ? words[word.text] : undefined;
  if (read !== undefined) return read(word, reader);
  if (reader.route.to === undefined) return setDestination(word, reader);
  complain(reader.run, "error", word, `${JSON.stringify(word.text)} is not known in a route`, {
    expected: `one of ${Object.keys(words).join(", ")}`,
  });
}

type Read = (word: Word, reader: Reader) => void;

function valued(store: (value: Word, reader: Reader) => void): Read {
  return (word, reader) => {
    const value = reader.words.shift();
    if (value === undefined) return complain(reader.run, "error", word, `${word.text} needs a value`);
    store(value, reader);
  };
}

function set(draft: Draft, key: string, value: unknown, word: Word, run: Import): void {
  draft[key] = value;
  remember(run, draft, key, word);
}

const setDestination = (value: Word, { route, run }: Reader) => {
  const everything: Readonly<Record<string, string>> = { "0.0.0.0/0": "default", "0/0": "default", "::/0": "default" };
  if (value.text === "::/0") set(route, "family", "ipv6", value, run);
  set(route, "to", everything[value.text] ?? value.text, value, run);
};

function text(key: string): Read {
  return valued((value, { route, run }) => set(route, key, value.text, value, run));
}

function number(key: string): Read {
  return valued((value, { route, run }) => set(route, key, numberOf(value), value, run));
}

/** A metric, perhaps with `lock` before its number. */
function metric(key: string, scale = 1): Read {
  return valued((value, reader) => {
    const isLocked = value.text === "lock";
    const number = isLocked ? reader.words.shift() : value;
    if (number === undefined) return complain(reader.run, "error", value, `${key} needs a number`);
    if (isLocked) addElement(reader.run, reader.route, "locked", key, value);
    const parsed = numberOf(number);
    set(reader.route, key, typeof parsed === "number" ? parsed * scale : parsed, number, reader.run);
  });
}

/** Words of a next hop belong to the route's only one until `nexthop` begins another. */
function hopOf({ route, run, ...reader }: Reader, word: Word): Draft {
  if (reader.hop !== undefined) return reader.hop;
  const hop: Draft = {};
  addElement(run, route, "nextHops", hop, word);
  return hop;
}

function ofHop(key: string, read: (value: Word) => unknown): Read {
  return valued((value, reader) => {
    // `via inet6 ADDRESS` of another family than the destination is another attribute, and not run.
    const isFamily = key === "via" && (value.text === "inet" || value.text === "inet6");
    const address = isFamily ? reader.words.shift() : value;
    if (address === undefined) return complain(reader.run, "error", value, "via needs an address");
    reader.hop = hopOf(reader, address);
    set(reader.hop, key, read(address), address, reader.run);
  });
}

const newHop: Read = (_word, reader) => {
  reader.hop = undefined;
};

/** keepalived's older way to write two gateways. */
const orHop: Read = (word, reader) => {
  complain(reader.run, "warning", word, "or is an older word", { expected: "nexthop before each gateway" });
  const device = reader.hop?.interface;
  reader.hop = undefined;
  const next = reader.words[0];
  if (next !== undefined && (next.text === "via" || next.text === "gw")) return;
  words.via?.(word, reader);
  if (device !== undefined && reader.hop !== undefined) (reader.hop as Draft).interface ??= device;
};

const onlink: Read = (word, reader) => {
  reader.hop = hopOf(reader, word);
  set(reader.hop, "onlink", true, word, reader.run);
};

const encap: Read = (word, reader) => {
  reader.hop = hopOf(reader, word);
  readEncap(word, reader.words, reader.hop, reader.run);
};

const kind: Read = (word, { route, run }) => set(route, "kind", word.text, word, run);

/** With everything behind it, which nobody else knows. */
const notRun =
  (what: string, expected: string): Read =>
  (word, reader) => {
    reader.words.splice(0);
    complain(reader.run, "error", word, `${word.text}: ${what} is not run`, { expected });
  };

/** The kernel reads it for routes of labels only, which neither keepalived nor the agent makes. */
const ttlPropagate: Read = valued((value, { run }) => {
  if (value.text !== "enabled" && value.text !== "disabled")
    return complain(run, "error", value, `${value.text} is no way to propagate`, { expected: "enabled or disabled" });
  complain(run, "warning", value, "ttl-propagate has no meaning for IP routes, and is left out");
});

/** Routes carry the agent's own mark, by which the next process knows them. */
const ownProtocol: Read = valued((value, { run }) =>
  complain(run, "warning", value, "the agent marks its routes with its own protocol number, 112: this one is left out"),
);

const via = ofHop("via", ({ text: address }) => address);
/** keepalived's older word for via. */
const gateway: Read = (word, reader) => {
  complain(reader.run, "warning", word, "gw is an older word", { expected: "via" });
  via(word, reader);
};

const device = ofHop("interface", ({ text: name }) => name);
const priority = number("metric");
const tos = valued((value, { route, run }) => set(route, "tos", tosOf(value), value, run));

/** The words that begin something in a line. */
const words: Readonly<Record<string, Read>> = {
  ...Object.fromEntries(
    ["unicast", "local", "blackhole", "unreachable", "prohibit", "throw"].map((word) => [word, kind]),
  ),
  to: valued(setDestination),
  default: setDestination,
  from: text("from"),
  src: text("source"),
  source: text("source"),
  via,
  gw: gateway,
  dev: device,
  oif: device,
  nexthop: newHop,
  or: orHop,
  weight: ofHop("weight", numberOf),
  onlink,
  table: valued((value, { route, run }) => set(route, "table", tableOf(value, run), value, run)),
  metric: priority,
  priority,
  preference: priority,
  scope: text("scope"),
  tos,
  dsfield: tos,
  proto: ownProtocol,
  protocol: ownProtocol,
  mtu: metric("mtu"),
  window: metric("window"),
  rtt: metric("rtt", 8),
  rttvar: metric("rttvar", 4),
  ssthresh: metric("ssthresh"),
  cwnd: metric("cwnd"),
  advmss: metric("advmss"),
  reordering: metric("reordering"),
  hoplimit: metric("hoplimit"),
  initcwnd: metric("initcwnd"),
  rto_min: metric("rtoMin"),
  initrwnd: metric("initrwnd"),
  quickack: metric("quickack"),
  no_track: (word, { route, run }) => set(route, "track", false, word, run),
  track_group: (word, { words: rest, route, run }) => trackGroup(word, rest.shift(), route, run),
  realms: text("realm"),
  realm: text("realm"),
  features: valued((value, { route, run }) =>
    value.text === "ecn"
      ? set(route, "features", 1, value, run)
      : complain(run, "error", value, `${value.text} is no feature`, { expected: "ecn" }),
  ),
  congctl: text("congestionControl"),
  pref: text("preference"),
  fastopen_no_cookie: metric("fastopenNoCookie"),
  expires: number("expires"),
  encap,
  "ttl-propagate": ttlPropagate,
  as: notRun("a route of MPLS labels", "encap mpls LABEL, which adds labels to packets of IP"),
};

/** A number, or a name: the kernel's own tables keep theirs, others are known by what this machine's files say. */
export function tableOf(word: Word, { tableNamed }: Import): number | string {
  const table = numberOf(word);
  return typeof table === "number" || Object.hasOwn(tableNumbers, table) ? table : (tableNamed(table) ?? table);
}
