// `SSL { certificate FILE  key FILE }`: who we are for all SSL_GET checks, wherever the block stands.

import { type Block, type Directive, text } from "../directive.ts";
import type { Draft, Import } from "../draft.ts";
import { lowerInner } from "../walk.ts";

/** The block. */
export const ssl: Directive = (statement, _document, run) => lowerInner(block, statement, run.clientTls, run);

const block: Block = { name: "SSL", directives: { certificate: text("certificateFile"), key: text("keyFile") } };

/** Gives each check over TLS what the block says. */
export function applyClientTls(run: Import): void {
  const { document, clientTls } = run;
  if (Object.keys(clientTls).length === 0) return;
  for (const { realServers } of (document.virtualServers as Draft[] | undefined) ?? [])
    for (const { checkers } of (realServers as Draft[] | undefined) ?? [])
      for (const { http } of (checkers as { readonly http?: { readonly tls?: Draft } }[] | undefined) ?? [])
        if (http?.tls !== undefined) introduce(http.tls, run);
}

function introduce(tls: Draft, { clientTls, origins }: Import): void {
  Object.assign(tls, clientTls);
  const words = origins?.get(clientTls);
  if (words !== undefined) origins?.set(tls, { ...origins.get(tls), ...words });
}
