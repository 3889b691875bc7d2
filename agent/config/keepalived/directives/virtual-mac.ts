// `use_vmac [NAME] [MAC]`, `vmac_xmit_base`, `use_ipvlan [NAME] [ADDRESS] [bridge|private|vepa]`.

import { type Directive, takeArguments } from "../directive.ts";
import { complain, type Draft, type Import, originOf, remember } from "../draft.ts";

const isHardwareAddress = (text: string) => /^[0-9a-f]{2}(:[0-9a-f]{2}){4,5}$/i.test(text);

/** The words have no names of their own: a MAC is known by its form. */
export const useVmac: Directive = (statement, instance, run) => {
  const virtualMac = draftAt(instance, "virtualMac");
  remember(run, instance, "virtualMac", statement);
  for (const word of takeArguments(statement, run, 0, 5)) {
    const key = isHardwareAddress(word.text) ? "hardwareAddress" : "interface";
    if (word.text === "netlink_notify_msg" || word.text === "group")
      return complain(run, "warning", word, `${word.text}: has no meaning here`);
    virtualMac[key] = word.text;
    remember(run, virtualMac, key, word);
  }
};

/** Stands before or after use_vmac. */
export const vmacXmitBase: Directive = (statement, instance, run) => {
  const virtualMac = draftAt(instance, "virtualMac");
  virtualMac.advertisesOnParent = true;
  remember(run, virtualMac, "advertisesOnParent", statement);
};

/** Peers answer to the address of the interface below, which is not the virtual MAC's. */
export function sendFromBelow(instance: Draft, run: Import): void {
  const { unicast, virtualMac } = instance as { unicast?: Draft; virtualMac?: Draft };
  if (virtualMac === undefined || virtualMac.advertisesOnParent !== undefined || instance.strictMode === true) return;
  if (!Array.isArray(unicast?.peers) || unicast.peers.length === 0) return;
  virtualMac.advertisesOnParent = true;
  const word = originOf(run, instance, "virtualMac");
  if (word !== undefined)
    complain(run, "warning", word, "unicast peers are advertised to from the interface below the virtual MAC", {
      expected: "vmac_xmit_base",
      keepalived: "does so, too",
    });
}

const isolations: readonly string[] = ["bridge", "private", "vepa"];

/** An address among the words would be the interface's own; the agent needs none. */
export const useIpvlan: Directive = (statement, instance, run) => {
  const ipvlan = draftAt(instance, "ipvlan");
  remember(run, instance, "ipvlan", statement);
  for (const word of takeArguments(statement, run, 0, 4)) {
    if (/^[0-9a-f.:/]*[.:][0-9a-f.:/]*$/i.test(word.text) && /\d/.test(word.text) && !/^ipvlan/.test(word.text))
      complain(
        run,
        "warning",
        word,
        "the interface needs no address of its own: advertisements leave by the one below",
      );
    else ipvlan[isolations.includes(word.text) ? "isolation" : "interface"] = word.text;
  }
};

function draftAt(instance: Draft, key: string): Draft {
  const draft = (instance[key] as Draft | undefined) ?? {};
  instance[key] = draft;
  return draft;
}
