/** Debian's keepalived as a judge: what `keepalived -t` says about a configuration. It starts nothing. It is taken from the PATH (in the lab),
 * or from the lab's cache, where its libraries lie beside it. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** One of its remarks. */
export interface Remark {
  readonly file?: string;
  readonly line?: number;
  readonly text: string;
}

/** What it says about a configuration. 0: nothing wrong; 5: it would go on after mending; 6: scripts or includes; others: it would stop. */
export interface Judgement {
  readonly exitCode: number;
  /** In their order; the checks run in several processes, so that each may be there more than once. */
  readonly remarks: readonly Remark[];
}

interface Program {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where its package's samples lie. */
  readonly samples: string;
}

/** The program, where there is one. */
export const keepalivedProgram: Program | undefined = onPath() ?? inLabCache();

/** How many random files are judged; ORACLE_FILES asks for more. */
export const oracleFiles = (usual: number) => Number(process.env.ORACLE_FILES ?? usual);

/** How long a test may take that judges so many. */
export const oracleTimeoutMs = (usual: number) => Math.max(120_000, oracleFiles(usual) * 500);

/** Asks it about a text, as the instance `id`; other files may be laid beside it. */
export function judge(
  text: string,
  { id = "one", files = {} }: { readonly id?: string; readonly files?: Readonly<Record<string, string>> } = {},
): Judgement {
  if (keepalivedProgram === undefined) throw new Error("there is no keepalived here");
  const directory = mkdtempSync(join(tmpdir(), "judge-"));
  try {
    for (const [name, content] of Object.entries({ ...files, "k.conf": text }))
      writeFileSync(join(directory, name), content);
    const { exitCode, stderr } = Bun.spawnSync(
      [keepalivedProgram.path, "-t", "-i", id, "-f", join(directory, "k.conf")],
      { env: { ...process.env, ...keepalivedProgram.environment }, stderr: "pipe", stdout: "ignore", timeout: 20_000 },
    );
    return { exitCode, remarks: stderr.toString().split("\n").filter(Boolean).map(remarkOf) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function remarkOf(line: string): Remark {
  const [, file, number, text] = /^\((?:(.*): )?Line (\d+)\) (.*)$/.exec(line) ?? [];
  return text === undefined ? { text: line } : { ...(file !== undefined && { file }), line: Number(number), text };
}

function onPath(): Program | undefined {
  const path = Bun.which("keepalived");
  return path === null ? undefined : { path, environment: {}, samples: "/usr/share/doc/keepalived/samples" };
}

/** Those that have the samples, too, and of them the one that was used last. */
function rank(root: string): number {
  return (existsSync(join(root, "../samples")) ? Number.MAX_SAFE_INTEGER / 2 : 0) + statSync(join(root, "..")).mtimeMs;
}

function inLabCache(): Program | undefined {
  const cache = process.env.VIPWARD_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "vipward");
  const lab = join(cache, "lab");
  if (!existsSync(lab)) return undefined;
  const roots = readdirSync(lab)
    .filter((name) => name.startsWith("tools-"))
    .map((name) => join(lab, name, "root"))
    .filter((root) => existsSync(join(root, "usr/sbin/keepalived")))
    .toSorted((a, b) => rank(b) - rank(a));
  const root = roots[0];
  if (root === undefined) return undefined;
  const libraries = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"].map((directory) => join(root, directory));
  return {
    path: join(root, "usr/sbin/keepalived"),
    environment: { LD_LIBRARY_PATH: libraries.join(":") },
    samples: join(root, "../samples"),
  };
}
