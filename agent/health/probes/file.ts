// The file probe (keepalived's FILE_CHECK): the number in a tracked file, times a weight, is added to the weight of the real server. Without a weight a
// number other than 0 means down. A file that is missing or has no number counts as 0.

import { readFile } from "node:fs/promises";
import { fileNumber } from "../../base/file-number.ts";
import type { FileProbeModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import type { Probe } from "./probe.ts";
import { aborted } from "./stream.ts";

/** Reads the file anew each time; one that hangs is no verdict. */
export const fileProbe: Probe<FileProbeModel> = (model, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(aborted);
    const late = () => resolve({ kind: "not-made", detail: `could not be tried: ${model.file} is not read in time` });
    const timer = setTimeout(late, model.timeout);
    const finish = (outcome: ProbeOutcome) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    const onAbort = () => finish(aborted);
    signal.addEventListener("abort", onAbort);
    readFile(model.file, { encoding: "utf8", signal }).then(
      (text) => finish(judge(model, fileNumber(text.slice(0, longest)))),
      () => finish(judge(model, 0)),
    );
  });

/** A number is not longer. */
const longest = 64;

function judge({ weight }: FileProbeModel, number: number): ProbeOutcome {
  const detail = `file says ${number}`;
  if (weight === 0) return { kind: number === 0 ? "passed" : "failed", detail };
  return { kind: "passed", detail, weight: { kind: "add", weight: number * weight } };
}
