// A network namespace of its own for one test, removed when the test ends.
import { enterNetworkNamespace } from "../../agent/kernel/linux/native.ts";

export interface Namespace extends Disposable {
  /** Runs the function with the calling thread inside: sockets that it opens stay there. */
  inside<T>(run: () => T): T;
  /** Runs `ip -n NAMESPACE ...`. */
  ip(...words: string[]): void;
  readonly path: string;
}

let created = 0;

/** Why no namespaces can be made here; undefined when they can. */
export const whyNoNamespaces: string | undefined = reason();

/** The title of what needs one: with the reason when it is skipped. */
export function namespaceTitle(title: string): string {
  return whyNoNamespaces === undefined ? title : `${title}, skipped because ${whyNoNamespaces}`;
}

export function freshNamespace(): Namespace {
  const name = `vipward-native-${process.pid}-${++created}`;
  const path = `/run/netns/${name}`;
  ip("netns", "add", name);
  return {
    path,
    inside: (run) => runInside(path, run),
    ip: (...words) => ip("-n", name, ...words),
    [Symbol.dispose]: () => ip("netns", "delete", name),
  };
}

function runInside<T>(path: string, run: () => T): T {
  enterNetworkNamespace(path);
  try {
    return run();
  } finally {
    // Our own entry in /proc has moved with us; the parent's still shows where we came from.
    enterNetworkNamespace(`/proc/${process.ppid}/ns/net`);
  }
}

function ip(...words: string[]): void {
  const done = Bun.spawnSync(["ip", ...words], { stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(`ip ${words.join(" ")}: ${done.stderr.toString()}`);
}

function reason(): string | undefined {
  if (process.getuid?.() !== 0) return "this is not root";
  if (Bun.which("ip") === null) return "there is no ip command (package iproute2)";
  try {
    freshNamespace()[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return `no network namespace can be made: ${error instanceof Error ? error.message : String(error)}`;
  }
}
