// The times of a virtual router. They stay in milliseconds with fractions: rounded, a backup of priority 100 and one of 101 would
// time out together, and priority would no longer order the takeover. Centiseconds and seconds exist only in the packets.

import { type Milliseconds, milliseconds, seconds } from "../../base/duration.ts";

/** How many advertisement intervals a master may be silent before its backups start to count it as down (RFC 9568, section 6.1). */
export const usualDownTimerAdverts = 3;

/** The priorities are spread over this many parts of the skew time. */
const priorityParts = 256;

/** Skew time of version 2: up to a second, longer for lower priorities (RFC 3768, section 6.1). */
export function skewTimeV2(priority: number): Milliseconds {
  return milliseconds((seconds(1) * (priorityParts - priority)) / priorityParts);
}

/** Skew time of version 3: up to an interval of the master, longer for lower priorities (RFC 9568, section 6.1). */
export function skewTimeV3(priority: number, masterInterval: Milliseconds): Milliseconds {
  return milliseconds(((priorityParts - priority) * masterInterval) / priorityParts);
}

/** Master down interval of version 2: three own intervals (keepalived: down_timer_adverts) and the skew time (RFC 3768, section 6.1). */
export function masterDownIntervalV2(
  priority: number,
  interval: Milliseconds,
  adverts = usualDownTimerAdverts,
): Milliseconds {
  return milliseconds(adverts * interval + skewTimeV2(priority));
}

/**
 * Master down interval of version 3: three intervals of the master (keepalived: down_timer_adverts) and the skew time (RFC 9568, section 6.1,
 * Active_Down_Interval).
 */
export function masterDownIntervalV3(
  priority: number,
  masterInterval: Milliseconds,
  adverts = usualDownTimerAdverts,
): Milliseconds {
  return milliseconds(adverts * masterInterval + skewTimeV3(priority, masterInterval));
}

/** What the times of a virtual router depend on. `masterInterval`: the master's interval; in version 2 everybody's own. */
export interface TimerInput {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly masterInterval: Milliseconds;
}

/** The same for the master down interval, with the number of intervals that a master may be silent. */
export interface DownTimerInput extends TimerInput {
  readonly downTimerAdverts: number;
}

/** The skew time of the version in use. */
export function skewTime({ version, priority, masterInterval }: TimerInput): Milliseconds {
  return version === 2 ? skewTimeV2(priority) : skewTimeV3(priority, masterInterval);
}

/** The master down interval of the version in use. */
export function masterDownInterval(input: DownTimerInput): Milliseconds {
  const { version, priority, masterInterval, downTimerAdverts } = input;
  return version === 2
    ? masterDownIntervalV2(priority, masterInterval, downTimerAdverts)
    : masterDownIntervalV3(priority, masterInterval, downTimerAdverts);
}

/**
 * How long a master may be silent before the quickest of the others takes over: the one of highest priority that was heard, unless it is configured how
 * high theirs are (keepalived's timer_expired_backup). Where nobody was heard they are taken for equals: who is higher would have preempted.
 */
export function longestSilence(config: SilenceInput, heard?: number): Milliseconds {
  const priority = config.timerExpiredBackup ?? heard ?? config.priority;
  return masterDownInterval({ ...config, priority, masterInterval: config.advertisementInterval });
}

/** How much of its interval an advertisement may leave early for the sake of company: half a hundredth. */
const mostEarlyPart = 1 / 200;

/** How early an advertisement may leave: the next one keeps to its time, and the silence until then must not look like the end of the master. */
export function mostEarly(config: SilenceInput): Milliseconds {
  const { advertisementInterval } = config;
  const slack = longestSilence(config) - advertisementInterval;
  return milliseconds(Math.max(0, Math.min(advertisementInterval * mostEarlyPart, slack / 2)));
}

/** What the silence of a master is measured with: its own settings. */
export interface SilenceInput extends Omit<DownTimerInput, "masterInterval"> {
  readonly advertisementInterval: Milliseconds;
  readonly timerExpiredBackup: number | undefined;
}
