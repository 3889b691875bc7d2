// The settings of elections and announcements, to the wire and back.

import type { Settings, VrrpInstanceSettings } from "../../config/schema/settings.ts";
import type { GratuitousArp, VrrpInstance } from "../gen/vipward/v1/config.pb.ts";
import { type GarpGroup, GratuitousArpForm, type VrrpGeneral } from "../gen/vipward/v1/election.pb.ts";
import { EnumWords } from "./enums.ts";
import { durationOf, durationText, optionalDuration } from "./time.ts";

const forms = new EnumWords<"request" | "reply" | "both", GratuitousArpForm>({
  request: GratuitousArpForm.GRATUITOUS_ARP_FORM_REQUEST,
  reply: GratuitousArpForm.GRATUITOUS_ARP_FORM_REPLY,
  both: GratuitousArpForm.GRATUITOUS_ARP_FORM_BOTH,
});

type Election = Pick<
  VrrpInstance,
  | "strictMode"
  | "downTimerAdverts"
  | "timerExpiredBackup"
  | "higherPrioSendAdvert"
  | "lowerPrioNoAdvert"
  | "ownerIgnoreAdverts"
>;

/** The election of an instance on the wire. */
export function electionOf(instance: VrrpInstanceSettings): Election {
  const { strictMode, downTimerAdverts, timerExpiredBackup } = instance;
  const { higherPrioSendAdvert, lowerPrioNoAdvert, ownerIgnoreAdverts } = instance;
  const times = { strictMode, downTimerAdverts, timerExpiredBackup };
  return { ...times, higherPrioSendAdvert, lowerPrioNoAdvert, ownerIgnoreAdverts };
}

/** The fields of a document about the election of an instance. */
export function electionFields(instance: VrrpInstance): Election {
  const { strictMode, downTimerAdverts, timerExpiredBackup } = instance;
  const { higherPrioSendAdvert, lowerPrioNoAdvert, ownerIgnoreAdverts } = instance;
  const times = { strictMode, downTimerAdverts, timerExpiredBackup };
  return { ...times, higherPrioSendAdvert, lowerPrioNoAdvert, ownerIgnoreAdverts };
}

/** The announcements of an instance on the wire. */
export function gratuitousArpOf(settings: VrrpInstanceSettings["gratuitousArp"]): GratuitousArp {
  return {
    ...settings,
    delay: durationOf(settings.delay),
    refresh: durationOf(settings.refresh),
    lowerPriorityRepeat: settings.lowerPriorityRepeat,
    lowerPriorityDelay: optionalDuration(settings.lowerPriorityDelay),
    form: forms.value(settings.form),
    verify: [...settings.verify],
    extraInterval: durationOf(settings.extraInterval),
  };
}

/** The fields of a document about announcements. */
export function gratuitousArpFields(message: GratuitousArp): Readonly<Record<string, unknown>> {
  return {
    ...message,
    delay: durationText(message.delay),
    refresh: durationText(message.refresh),
    lowerPriorityDelay: durationText(message.lowerPriorityDelay),
    form: forms.word(message.form),
    verify: message.verify.length === 0 ? undefined : message.verify,
    extraInterval: durationText(message.extraInterval),
  };
}

/** What holds for all instances on the wire. */
export function vrrpGeneralOf(settings: Settings["vrrp"]): VrrpGeneral {
  return {
    startupDelay: durationOf(settings.startupDelay),
    delayAfterBoot: durationOf(settings.delayAfterBoot),
    garpInterval: durationOf(settings.garpInterval),
    gnaInterval: durationOf(settings.gnaInterval),
    localIgmp: settings.localIgmp,
    garpGroups: settings.garpGroups.map(({ interfaces, garpInterval, gnaInterval }) => ({
      interfaces: [...interfaces],
      garpInterval: durationOf(garpInterval),
      gnaInterval: durationOf(gnaInterval),
    })),
  };
}

/** The fields of a document about what holds for all instances, but for the groups. */
export function vrrpGeneralFields(message: VrrpGeneral): Readonly<Record<string, unknown>> {
  return {
    startupDelay: durationText(message.startupDelay),
    delayAfterBoot: durationText(message.delayAfterBoot),
    garpInterval: durationText(message.garpInterval),
    gnaInterval: durationText(message.gnaInterval),
    localIgmp: message.localIgmp,
  };
}

/** The fields of a document about a group. */
export function garpGroupFields(message: GarpGroup): Readonly<Record<string, unknown>> {
  return {
    interfaces: message.interfaces,
    garpInterval: durationText(message.garpInterval),
    gnaInterval: durationText(message.gnaInterval),
  };
}
