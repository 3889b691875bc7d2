import { bareFlag, type Directive, flag, number, numberOf, takeArguments, text } from "../directive.ts";
import { complain, type Draft, type Import, originOf, setField } from "../draft.ts";
import { forAll, garp, garpAtLeastOnce, garpExtraIf, minGarp } from "./garp.ts";

/** Keywords of `vrrp_instance` about elections and announcements. */
export const electionDirectives: Readonly<Record<string, Directive>> = {
  preempt: bareFlag("preempt"),
  nopreempt: bareFlag("preempt", false),
  preempt_delay: text("preemptDelay"),
  strict_mode: flag("strictMode"),
  down_timer_adverts: number("downTimerAdverts"),
  timer_expired_backup: timerExpiredBackup,
  thread_timer_expired: timerExpiredBackup,
  higher_prio_send_advert: flag("higherPrioSendAdvert"),
  lower_prio_no_advert: flag("lowerPrioNoAdvert"),
  owner_ignore_adverts: flag("ownerIgnoreAdverts"),
  garp_master_delay: garp("delay"),
  garp_master_repeat: garpAtLeastOnce("repeat"),
  garp_master_refresh: garp("refresh"),
  garp_master_refresh_repeat: garpAtLeastOnce("refreshRepeat"),
  garp_lower_prio_delay: garp("lowerPriorityDelay"),
  garp_lower_prio_repeat: garp("lowerPriorityRepeat"),
  garp_extra_if: garpExtraIf,
  vmac_garp_intvl: garpExtraIf,
};

/** Keywords of `global_defs` that are defaults of instances. */
export const electionDefaults: Readonly<Record<string, Directive>> = {
  vrrp_strict: bareFlag("strictMode"),
  vrrp_down_timer_adverts: number("downTimerAdverts"),
  vrrp_higher_prio_send_advert: flag("higherPrioSendAdvert"),
  vrrp_lower_prio_no_advert: flag("lowerPrioNoAdvert"),
  vrrp_owner_ignore_adverts: flag("ownerIgnoreAdverts"),
  vrrp_garp_master_delay: garp("delay"),
  vrrp_garp_master_repeat: garpAtLeastOnce("repeat"),
  vrrp_garp_master_refresh: garp("refresh"),
  vrrp_garp_master_refresh_repeat: garpAtLeastOnce("refreshRepeat"),
  vrrp_garp_lower_prio_delay: garp("lowerPriorityDelay"),
  vrrp_garp_lower_prio_repeat: garp("lowerPriorityRepeat"),
  vrrp_min_garp: minGarp,
  vrrp_garp_extra_if: garpExtraIf,
  vrrp_vmac_garp_intvl: garpExtraIf,
};

/** Keywords of `global_defs` about all instances together. */
export const vrrpGeneralDirectives: Readonly<Record<string, Directive>> = {
  vrrp_startup_delay: forAll(text("startupDelay")),
  vrrp_delay_after_boot: forAll(text("delayAfterBoot")),
  vrrp_garp_interval: forAll(text("garpInterval")),
  vrrp_gna_interval: forAll(text("gnaInterval")),
  disable_local_igmp: forAll(bareFlag("localIgmp", false)),
};

/** keepalived drops these with state MASTER; here they hold, which is worth a word to who moves from there. */
export function tellWaitingOfMaster(instance: Draft, run: Import): void {
  if (instance.initialState !== "master" || instance.priority === 255) return;
  for (const key of ["preempt", "preemptDelay"]) {
    if (instance[key] === undefined || instance[key] === true) continue;
    const word = originOf(run, instance, key);
    if (word === undefined) continue;
    complain(run, "warning", word, `${word.text} holds with state MASTER too; keepalived leaves it out there`, {
      expected: `no ${word.text}, if a better director is to take over as it did`,
    });
  }
}

/** Version 2 counts in seconds, version 3 in hundredths of them; keepalived rounds to them. */
export function roundInterval(instance: Draft, run: Import): void {
  const seconds = Number(instance.advertisementInterval);
  const unit = instance.version === 3 ? 0.01 : 1;
  const rounded = Math.max(1, Math.round(seconds / unit)) * unit;
  if (!(seconds > 0) || Math.abs(rounded - seconds) < 1e-9) return;
  const word = originOf(run, instance, "advertisementInterval");
  instance.advertisementInterval = rounded;
  if (word === undefined) return;
  complain(
    run,
    "warning",
    word,
    `${word.text} ${seconds} is taken as ${rounded}: version ${instance.version ?? 2} has nothing finer`,
    {
      expected: unit === 1 ? "whole seconds, or version 3" : "hundredths of a second",
      keepalived: "rounds it, too",
    },
  );
}

/** `timer_expired_backup [PRIORITY]`: 254 unless given, whose takeover comes soonest. */
function timerExpiredBackup(statement: Parameters<Directive>[0], instance: Draft, run: Import): void {
  const [word] = takeArguments(statement, run, 0, 1);
  setField(run, instance, "timerExpiredBackup", word === undefined ? 254 : numberOf(word), statement);
}
