// The network namespace that sockets are opened in: this process's own, or another one by its name (`ip netns`). A socket stays in the namespace in
// which it was opened, so that the thread is there for a moment only.

import { closeSync, openSync, statSync } from "node:fs";
import { codeOf, OperationError } from "../../base/errors.ts";
import { becomeProgram, enterNetworkNamespace } from "./native.ts";

/** A namespace that several ports share. It is chosen before the first of them opens a socket. */
export class NetworkNamespace {
  name: string | undefined;

  /** Opens something in it. Throws an OperationError when there is no such namespace or the rights are missing (CAP_SYS_ADMIN). */
  open<T>(make: () => T): T {
    if (this.name === undefined) return make();
    const home = openSync("/proc/thread-self/ns/net", "r");
    try {
      enterNamespace(this.name);
      return make();
    } finally {
      enterNetworkNamespace(`/proc/self/fd/${home}`);
      closeSync(home);
    }
  }
}

/** Goes into a namespace for good, unless the process is there: as a new program with the same command, since threads that run stay where they are (those that
 * look up the names of hosts among them). Whatever is open is closed. Throws as `open` does. */
export function moveToNamespace(name: string, command: readonly string[]): void {
  if (isInNamespace(name)) return;
  enterNamespace(name);
  const environment = Object.entries(process.env).map(([key, value]) => `${key}=${value}`);
  becomeProgram(process.execPath, command, environment);
}

function enterNamespace(name: string): void {
  try {
    enterNetworkNamespace(pathOf(name));
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const text = code === "ENOENT" ? `there is no such namespace: ip netns add ${name}` : "it needs CAP_SYS_ADMIN";
    throw new OperationError({ operation: "enter", object: `network namespace ${name}`, cause: { code, text } });
  }
}

/** Whether this thread is in the namespace of that name, however it came there. */
export function isInNamespace(name: string): boolean {
  try {
    const [named, own] = [statSync(pathOf(name)), statSync("/proc/thread-self/ns/net")];
    return named.ino === own.ino && named.dev === own.dev;
  } catch {
    return false;
  }
}

function pathOf(name: string): string {
  return `/run/netns/${name}`;
}
