// `encap TYPE …` in a line of a route, as keepalived reads it: mpls LABEL[/LABEL…], ip and ip6 with their pairs of words, ila LOCATOR. It has
// none of `ip route`'s further types.

import { numberOf } from "../directive.ts";
import { complain, type Draft, type Import, remember } from "../draft.ts";
import type { Word } from "../parser.ts";

/** Reads what follows `encap` into the next hop, and leaves the rest of the line. */
export function readEncap(encap: Word, rest: Word[], hop: Draft, run: Import): void {
  const type = rest.shift();
  const read = type !== undefined && Object.hasOwn(types, type.text) ? types[type.text] : undefined;
  if (type === undefined || read === undefined) {
    rest.splice(0);
    return complain(run, "error", type ?? encap, `encap: ${type?.text ?? "the type"} is not known`, {
      expected: `one of ${Object.keys(types).join(", ")}, or a tunnel interface, named with dev`,
    });
  }
  const value = read(rest, type, run);
  if (value === undefined) return;
  hop.encap = { [type.text]: value };
  remember(run, hop, "encap", type);
}

/** keepalived 2.2.7. */
const mostLabels = 2;

type Read = (rest: Word[], type: Word, run: Import) => unknown;

const types: Readonly<Record<string, Read>> = {
  mpls: one((text, word, run) => {
    const labels = text.split("/");
    if (labels.length > mostLabels)
      complain(run, "error", word, `${labels.length} labels, and keepalived takes two at most`, {
        expected: "LABEL or LABEL/LABEL; YAML takes more of them",
      });
    return labels.map((label) => (/^\d+$/.test(label) ? Number(label) : label));
  }),
  ip: outerHeader({ tos: "tos", ttl: "ttl" }),
  ip6: outerHeader({ tc: "tos", hoplimit: "ttl" }),
  ila: one((text) => text),
};

function one(parse: (text: string, word: Word, run: Import) => unknown): Read {
  return (rest, type, run) => {
    const value = rest.shift();
    if (value !== undefined) return parse(value.text, value, run);
    complain(run, "error", type, `encap ${type.text} needs a value`);
    return undefined;
  };
}

/** Pairs of a word and its value, until another word comes. */
function outerHeader(own: Readonly<Record<string, string>>): Read {
  const fields: Readonly<Record<string, string>> = {
    ...{ id: "id", dst: "destination", src: "source", flags: "flags" },
    ...own,
  };
  return (rest, _type, run) => {
    const header: Draft = {};
    for (let word = rest[0]; word !== undefined && Object.hasOwn(fields, word.text); word = rest[0]) {
      const field = fields[word.text] ?? "";
      const [, value] = rest.splice(0, 2);
      if (value === undefined) complain(run, "error", word, `${word.text} needs a value`);
      else {
        header[field] = headerValue(field, value);
        remember(run, header, field, value);
      }
    }
    return header;
  };
}

/** keepalived takes other bases for the type of service only. */
function headerValue(field: string, value: Word): unknown {
  if (field === "destination" || field === "source") return value.text;
  if (field === "tos") return tosOf(value);
  return /^\d+$/.test(value.text) ? numberOf(value) : value.text;
}

/** A type of service, here and in routes and rules: decimal, unless it begins with 0x or 0. `ip` takes all of them as hexadecimal; keepalived
 * does not (seen with 2.2.7: `tos 10` is 10). */
export function tosOf({ text }: Word): number | string {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^\d+$/.test(text) ? Number(text) : text;
}
