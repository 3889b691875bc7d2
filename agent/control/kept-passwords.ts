// Passwords are write-only: a client that edits what GetConfig returned does not have them. An authentication of type pass without a
// password keeps the one that the running instance of the same name has; mail with the same server and user keeps its own.

import type { Settings, VrrpInstanceSettings } from "../config/schema/settings.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The document with the passwords filled in that it leaves to the running configuration. Whatever is not as expected is left to the schema. */
export function keepPasswords(document: unknown, running: Settings | undefined): unknown {
  if (running === undefined || !isFields(document)) return document;
  return keepMailPassword(keepInstancePasswords(document, running), running);
}

function keepInstancePasswords(document: Fields, running: Settings): Fields {
  if (!Array.isArray(document.vrrpInstances)) return document;
  const before = new Map(running.vrrpInstances.map((instance) => [instance.name, instance]));
  return { ...document, vrrpInstances: document.vrrpInstances.map((instance) => keepSecrets(instance, before)) };
}

function keepMailPassword(document: Fields, running: Settings): Fields {
  const before = running.notifications.mail;
  const { notifications } = document;
  const mail = isFields(notifications) ? notifications.mail : undefined;
  if (!isFields(notifications) || !isFields(mail) || before?.password === undefined) return document;
  if (mail.password !== undefined || mail.passwordFile !== undefined) return document;
  if (mail.user !== before.user || mail.server !== before.server) return document;
  return { ...document, notifications: { ...notifications, mail: { ...mail, password: before.password } } };
}

function keepSecrets(instance: unknown, running: ReadonlyMap<unknown, VrrpInstanceSettings>): unknown {
  if (!isFields(instance)) return instance;
  const before = running.get(instance.name);
  return before === undefined ? instance : keepKeys(keepPassword(instance, before), before);
}

function keepPassword(instance: Fields, { authentication: before }: VrrpInstanceSettings): Fields {
  const { authentication } = instance;
  if (!isFields(authentication) || !isKeyed(authentication.type)) return instance;
  if (authentication.password !== undefined || authentication.passwordFile !== undefined) return instance;
  if (before.password === undefined) return instance;
  return { ...instance, authentication: { ...authentication, password: before.password } };
}

function isKeyed(type: unknown): boolean {
  return type === "pass" || type === "ah";
}

function keepKeys(instance: Fields, { authHmac: before }: VrrpInstanceSettings): Fields {
  const { authHmac } = instance;
  if (before === undefined || !isFields(authHmac) || !Array.isArray(authHmac.keys)) return instance;
  return { ...instance, authHmac: { ...authHmac, keys: authHmac.keys.map((key: unknown) => keepKey(key, before)) } };
}

function keepKey(key: unknown, { keys }: NonNullable<VrrpInstanceSettings["authHmac"]>): unknown {
  if (!isFields(key) || key.key !== undefined || key.file !== undefined) return key;
  const before = keys.find(({ id }) => id === key.id)?.key;
  return before === undefined ? key : { ...key, key: before };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
