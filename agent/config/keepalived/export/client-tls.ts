// Who we are for checks over TLS: keepalived says it in one block for all of them.

import { block, fieldLines, type Values, word } from "./lines.ts";

/** `SSL { … }` where all checks over TLS say the same: there is one for all of them. */
export function clientLines(document: Values): string[] {
  const said = new Set([...tlsOfChecks(document)].map((tls) => JSON.stringify([tls.certificate_file, tls.key_file])));
  const [first] = tlsOfChecks(document);
  if (said.size !== 1 || first?.certificate_file === undefined) return [];
  return block("SSL", fieldLines(first, { certificate_file: word("certificate"), key_file: word("key") }));
}

function* tlsOfChecks(document: Values): Generator<Values> {
  for (const { real_servers: realServers } of listOf(document.virtual_servers))
    for (const { checkers } of listOf(realServers))
      for (const { http } of listOf(checkers)) {
        const { tls } = (http as Values | undefined) ?? {};
        if (tls !== undefined) yield tls as Values;
      }
}

function listOf(value: unknown): readonly Values[] {
  return (value as readonly Values[] | undefined) ?? [];
}
