// What the kernel has, and how it is set: IPVS, modules, forwarding, reverse path filters, ARP.

import type { Model } from "../../config/model.ts";
import { serviceKeyText } from "../../kernel/ipvs.ts";
import { type Check, type Host, numberIn } from "./finding.ts";

/** IPVS is there where something is balanced. */
export const ipvs: Check = ({ services }, { model }) => {
  if (services !== undefined) return [];
  const isNeeded = (model?.balancer.virtualServers.length ?? 0) > 0;
  return [
    {
      severity: isNeeded ? "error" : "info",
      subject: "ip_vs",
      problem: `the kernel has no IPVS${isNeeded ? "" : ", and no virtual servers are configured"}`,
      remedy: "modprobe ip_vs, and name it in /etc/modules-load.d/vipward.conf",
    },
  ];
};

/** More of them say nothing more. */
const mostServices = 50;

/** Services in the kernel's table that are not configured here: whoever made them does not know of the agent, or of whom the agent does not know. */
export const foreignServices: Check = ({ services = [] }, { model }) => {
  const configured = model?.balancer.virtualServers ?? [];
  const own = new Set(
    configured.flatMap(({ service, furtherKeys = [] }) => [service.key, ...furtherKeys]).map(serviceKeyText),
  );
  return services
    .filter((key) => !own.has(key))
    .slice(0, mostServices)
    .map((key) => ({
      severity: "warning",
      subject: key,
      problem: "the kernel has this IPVS service, and it is not configured here",
      remedy:
        "configure it, or remove it with ipvsadm and stop who has made it; lvs_flush removes all such services at a start",
    }));
};

/** Modules that what is configured needs. */
export const modules: Check = (host, { model }) =>
  (model === undefined ? [] : neededModules(model))
    .filter(({ anyOf }) => anyOf.every((name) => hasModule(host, name) === false))
    .map(({ anyOf, why }) => ({
      severity: "error",
      subject: anyOf.join(" or "),
      problem: `this kernel has no module for ${why}, which the configuration uses`,
      remedy: "install the package with the kernel's further modules, or configure it without",
    }));

/** What needs one of these modules. */
interface Need {
  readonly anyOf: readonly string[];
  readonly why: string;
}

function neededModules({ vrrp: { instances }, balancer }: Model): readonly Need[] {
  const servers = balancer.virtualServers;
  const hasMacs = instances.some(
    ({ virtualLink, addressLinks }) => virtualLink !== undefined || addressLinks !== undefined,
  );
  const refusesTraffic = instances.some(({ accept }) => accept === false);
  const marksTraffic = servers.some(({ markedTraffic }) => markedTraffic !== undefined);
  const schedulers = [...new Set(servers.map(({ service }) => service.scheduler))];
  return [
    ...(hasMacs ? [{ anyOf: ["macvlan"], why: "virtual MACs" }] : []),
    ...(refusesTraffic ? [{ anyOf: ["nf_tables"], why: "no_accept" }] : []),
    ...(marksTraffic ? [{ anyOf: ["nf_tables", "iptable_mangle"], why: "marked_traffic" }] : []),
    ...schedulers.map((scheduler) => ({ anyOf: [`ip_vs_${scheduler}`], why: `the scheduler ${scheduler}` })),
  ];
}

/** Whether a module is loaded, built in or on disk; undefined where nobody can tell. */
function hasModule(host: Host, name: string): boolean | undefined {
  if (host.list(`/sys/module/${name}`).length > 0) return true;
  const release = host.read("/proc/sys/kernel/osrelease")?.trim();
  const known = ["modules.builtin", "modules.dep"].map((file) => host.read(`/lib/modules/${release}/${file}`));
  if (known.some((text) => text === undefined)) return undefined;
  return known.some((text) => new RegExp(`/${name}\\.ko`).test(text ?? ""));
}

/** Address translation works only where the director forwards. */
export const forwarding: Check = (host, { model }) =>
  families
    .filter(({ family }) => translates(model, family) && numberIn(host, `/proc/sys/net/${setting(family)}`) === 0)
    .map(({ family }) => ({
      severity: "error",
      subject: `net.${setting(family).replaceAll("/", ".")}`,
      problem:
        "is 0, and real servers are reached by address translation (masquerade): their answers are not forwarded",
      remedy: `sysctl -w net.${setting(family).replaceAll("/", ".")}=1, and the same in /etc/sysctl.d`,
    }));

const families = [{ family: "ipv4" }, { family: "ipv6" }] as const;

function setting(family: "ipv4" | "ipv6"): string {
  return family === "ipv4" ? "ipv4/ip_forward" : "ipv6/conf/all/forwarding";
}

function translates(model: Model | undefined, family: "ipv4" | "ipv6"): boolean {
  return (model?.balancer.virtualServers ?? []).some(({ realServers }) =>
    realServers.some(
      (server) => server.forwarding.method === "masquerade" && server.address.includes(":") === (family === "ipv6"),
    ),
  );
}

/** A strict reverse path filter drops what comes in by another interface than the answer would take. */
export const reversePath: Check = (host, { model }) => {
  const byDefault = defaultLink(host);
  const links = new Set(
    (model?.vrrp.instances ?? []).map((instance) => instance.interface).filter((name) => name !== ""),
  );
  return [...links]
    .filter((name) => name !== byDefault && byDefault !== undefined && effective(host, name, "rp_filter") === 1)
    .map((name) => ({
      severity: "warning",
      subject: `net.ipv4.conf.${name}.rp_filter`,
      problem: `is strict, and the default route leaves by ${byDefault}: what clients of other networks send to ${name} is dropped`,
      remedy: `sysctl -w net.ipv4.conf.${name}.rp_filter=2, or a route back by ${name}`,
    }));
};

/** The interface of the IPv4 default route: /proc/net/route has destination and mask as hexadecimal numbers. */
function defaultLink(host: Host): string | undefined {
  const rows = (host.read("/proc/net/route") ?? "").split("\n").map((line) => line.split("\t"));
  return rows.find(([, destination, , , , , , mask]) => destination === "00000000" && mask === "00000000")?.[0];
}

/** A virtual address on lo is answered for by every interface, unless ARP is told otherwise: then this director answers for it also as backup. */
export const arp: Check = (host, { model }) => {
  const loopback = new Set(host.addresses.filter((one) => one.interface === "lo").map(({ address }) => address));
  return (model?.vrrp.instances ?? []).flatMap((instance) =>
    instance.virtualAddresses
      .filter(({ address }) => loopback.has(address))
      .filter((virtual) => effective(host, virtual.interface, "arp_ignore") === 0)
      .map((virtual) => ({
        severity: "error" as const,
        subject: `net.ipv4.conf.${virtual.interface}.arp_ignore`,
        problem: `is 0, and ${virtual.address} is also on lo: this director answers ARP for it whoever is master`,
        remedy: `sysctl -w net.ipv4.conf.${virtual.interface}.arp_ignore=1 net.ipv4.conf.${virtual.interface}.arp_announce=2`,
      })),
  );
};

/** The kernel takes the larger of the two (ip-sysctl: rp_filter, arp_ignore). */
function effective(host: Host, link: string, name: string): number {
  const values = ["all", link].map((one) => numberIn(host, `/proc/sys/net/ipv4/conf/${one}/${name}`) ?? 0);
  return Math.max(...values);
}
