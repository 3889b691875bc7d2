// Whether contract suites can run against this machine's kernel, and the namespaces in which they do.
import { freshNamespace, type Namespace } from "../native/namespace.ts";

export { whyNoNamespaces } from "../native/namespace.ts";

/** The title of a Linux suite: with the reason when it is skipped. */
export function linuxTitle(port: string, why: string | undefined): string {
  return why === undefined ? `${port} of linux` : `${port} of linux, skipped because ${why}`;
}

/** Two namespaces joined by a cable: eth0 in each. IPv6 without router solicitations and duplicate address detection, so that all is quiet. */
export function joinedNamespaces(): { readonly a: Namespace; readonly b: Namespace } & Disposable {
  const a = quietNamespace();
  const b = quietNamespace();
  const peer = b.path.replace("/run/netns/", "");
  a.ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", peer);
  for (const side of [a, b]) side.ip("link", "set", "eth0", "up");
  const dispose = () => {
    a[Symbol.dispose]();
    b[Symbol.dispose]();
  };
  return { a, b, [Symbol.dispose]: dispose };
}

/** A namespace with lo up and IPv6 that keeps still. */
export function quietNamespace(): Namespace {
  const namespace = freshNamespace();
  const name = namespace.path.replace("/run/netns/", "");
  const settings = ["accept_dad=0", "router_solicitations=0"].map((setting) => `net.ipv6.conf.default.${setting}`);
  const done = Bun.spawnSync(["ip", "netns", "exec", name, "sysctl", "-qw", ...settings], { stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(`sysctl: ${done.stderr.toString()}`);
  namespace.ip("link", "set", "lo", "up");
  return namespace;
}
