// Revisions, their differences, preparations: to the wire.

import { fail, ok, type Result } from "../../base/result.ts";
import type { Prepared, RevisionDiff } from "../changes.ts";
import type { Duration } from "../gen/google/protobuf/duration.pb.ts";
import {
  ConfigDifference,
  type DiffRevisionsResponse,
  type ListRevisionsRequest,
  type ListRevisionsResponse,
  type PrepareConfigResponse,
} from "../gen/vipward/v1/config_service.pb.ts";
import type { Refusal } from "../words/refusal.ts";
import type { Revision } from "../words/revision.ts";
import { differenceOf, revisionOf } from "./change.ts";
import { fitting } from "./fitting.ts";
import { durationMs, timeOf } from "./time.ts";

/** Revisions of one page unless asked for otherwise, and at most. */
const [pageSize, largestPage] = [50, 1000];

/** Which page of the history a request means. */
export function pageOf({
  pageSize: asked,
  pageToken,
}: ListRevisionsRequest): Result<{ readonly limit: number; readonly before: number | undefined }, Refusal> {
  if (!/^\d{0,15}$/.test(pageToken))
    return fail({
      kind: "invalid-argument",
      field: "page_token",
      message: `${JSON.stringify(pageToken)} is not one, expected the next_page_token of the answer before`,
    });
  const limit = Math.min(asked === 0 ? pageSize : asked, largestPage);
  return ok({ limit, before: pageToken === "" ? undefined : Number(pageToken) });
}

/** A page of the history. */
export function revisionsResponseOf(revisions: readonly Revision[], limit: number): ListRevisionsResponse {
  const last = revisions.length < limit ? undefined : revisions.at(-1)?.number;
  return { revisions: revisions.map(revisionOf), nextPageToken: last === undefined ? "" : String(last) };
}

/** What differs between two revisions. */
export function diffResponseOf({ from, to, differences }: RevisionDiff): DiffRevisionsResponse {
  const { shown, omitted } = fitting(differences, differenceOf, ConfigDifference);
  return { from: from && revisionOf(from), to: revisionOf(to), differences: shown, omitted: BigInt(omitted) };
}

/** What was prepared. */
export function prepareResponseOf({ preparation, checked }: Prepared): PrepareConfigResponse {
  return {
    token: preparation.token,
    expireTime: timeOf(preparation.expiresAt),
    baseRevision: BigInt(preparation.baseRevision),
    ipvsOperations: checked.operations,
  };
}

/** How long a preparation is kept. */
export function preparationMs(expiry: Duration | undefined): Result<number, Refusal> {
  const ms = expiry === undefined ? 60_000 : durationMs(expiry);
  if (ms >= 1000 && ms <= 600_000) return ok(ms);
  return fail({
    kind: "invalid-argument",
    field: "expiry",
    message: `${ms / 1000} s is not allowed, expected 1 s to 600 s`,
  });
}
