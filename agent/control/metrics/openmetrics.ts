// OpenMetrics as text (openmetrics.io, version 1.0.0): families with their samples, and the end that says that nothing is missing.

/** One sample: its labels and its value. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | string];

/** A family of samples. The name has neither the prefix nor the suffix of a counter. */
export interface Family {
  readonly name: string;
  readonly type: "gauge" | "counter" | "info";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The type of the text, for its clients. */
export const contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** The text of families. Those without samples are left out. */
export function exposition(families: readonly Family[]): string {
  const parts = families.filter(({ samples }) => samples.length > 0).map(familyText);
  return `${parts.join("")}# EOF\n`;
}

const suffixes = { gauge: "", counter: "_total", info: "_info" } as const;

function familyText({ name, type, help, samples }: Family): string {
  const full = `vipward_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${suffixes[type]}${labelsText(labels)} ${value}\n`);
  return `# TYPE ${full} ${type}\n# HELP ${full} ${escaped(help)}\n${lines.join("")}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
