// The network namespace that sockets are opened in: this process's own, or another one by its name (`ip netns`). A socket stays in the namespace in
// which it was opened, so that the thread is there for a moment only.

import { closeSync, openSync } from "node:fs";
import { codeOf, OperationError } from "../../base/errors.ts";
import { enterNetworkNamespace } from "./native.ts";

/** A namespace that several ports share. It is chosen before the first of them opens a socket. */
export class NetworkNamespace {
  name: string | undefined;

  /** Opens something in it. Throws an OperationError when there is no such namespace or the rights are missing (CAP_SYS_ADMIN). */
  open<T>(make: () => T): T {
    if (this.name === undefined) return make();
    const home = openSync("/proc/thread-self/ns/net", "r");
    try {
      this.#enter(this.name);
      return make();
    } finally {
      enterNetworkNamespace(`/proc/self/fd/${home}`);
      closeSync(home);
    }
  }

  #enter(name: string): void {
    try {
      enterNetworkNamespace(`/run/netns/${name}`);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      const text = code === "ENOENT" ? `there is no such namespace: ip netns add ${name}` : "it needs CAP_SYS_ADMIN";
      throw new OperationError({ operation: "enter", object: `network namespace ${name}`, cause: { code, text } });
    }
  }
}
