// Secrets out of a configuration: each becomes a reference to a file, and is given back beside it, so that the configuration can be shown,
// mailed and kept in a repository.

import { type Path, pathText } from "./issue.ts";
import type { Settings, VrrpInstanceSettings } from "./schema/settings.ts";

/** A secret that a configuration has had in itself. */
export interface MovedSecret {
  /** What it is, for people: "the password of VRRP instance VI_1". */
  readonly what: string;
  readonly file: string;
  readonly secret: string;
  /** Where it was in the settings, and where the reference is. */
  readonly from: Path;
  readonly to: Path;
}

/** Settings without secrets, and the secrets. */
export interface Referring {
  readonly settings: Settings;
  readonly moved: readonly MovedSecret[];
}

/** The settings with a reference for each secret, to a file of this directory. What is a reference already stays. */
export function referToSecrets(settings: Settings, directory: string): Referring {
  const moved: MovedSecret[] = [];
  const fileFor = namer(directory);
  const move: Move = (what, name, secret, from, to) => {
    const file = fileFor(name);
    moved.push({ what, file, secret, from, to });
    return file;
  };
  const vrrpInstances = settings.vrrpInstances.map((instance, index) =>
    withoutKeys(withoutPassword(instance, index, move), index, move),
  );
  const notifications = withoutMailPassword(settings.notifications, move);
  return { settings: { ...settings, vrrpInstances, notifications }, moved };
}

/** Where in the settings a path leads after the secrets have moved. */
export function pathAfter(path: Path, moved: readonly MovedSecret[]): Path {
  return moved.find(({ from }) => pathText(from) === pathText(path))?.to ?? path;
}

/** Moves a secret from one field to a file that another field names; gives the file. `name` is what the file is named after. */
type Move = (what: string, name: string, secret: string, from: Path, to: Path) => string;

function withoutPassword(instance: VrrpInstanceSettings, index: number, move: Move): VrrpInstanceSettings {
  const { name, authentication } = instance;
  const { password, ...others } = authentication;
  if (password === undefined) return instance;
  const at = ["vrrpInstances", index, "authentication"];
  const what = `the password of VRRP instance ${name}`;
  const file = move(what, `${name}.password`, password, [...at, "password"], [...at, "passwordFile"]);
  return { ...instance, authentication: { ...others, passwordFile: file } };
}

function withoutKeys(instance: VrrpInstanceSettings, index: number, move: Move): VrrpInstanceSettings {
  const { name, authHmac } = instance;
  if (authHmac === undefined) return instance;
  const keys = authHmac.keys.map(({ id, key, file }, place) => {
    if (key === undefined) return { id, file };
    const at = ["vrrpInstances", index, "authHmac", "keys", place];
    const what = `key ${id} of VRRP instance ${name}`;
    return { id, file: move(what, `${name}.key-${id}`, key, [...at, "key"], [...at, "file"]) };
  });
  return { ...instance, authHmac: { ...authHmac, keys } };
}

function withoutMailPassword(notifications: Settings["notifications"], move: Move): Settings["notifications"] {
  if (notifications.mail?.password === undefined) return notifications;
  const { password, ...mail } = notifications.mail;
  const at = ["notifications", "mail"];
  const what = "the password of the mail server";
  const file = move(what, "mail.password", password, [...at, "password"], [...at, "passwordFile"]);
  return { ...notifications, mail: { ...mail, passwordFile: file } };
}

/** Gives each name a file of its own in the directory. */
function namer(directory: string): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const plain = name.replace(/[^A-Za-z0-9._-]/g, "_");
    let free = plain;
    for (let count = 2; taken.has(free); count++) free = `${plain}-${count}`;
    taken.add(free);
    return `${directory}/${free}`;
  };
}
