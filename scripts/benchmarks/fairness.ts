/** What has to be known to read a figure: what it is set beside, what was wished for, and what makes the comparison unfair. */
export interface Remark {
  readonly measure: string;
  /** Which cases and figures; all when left out. */
  readonly case?: RegExp;
  readonly figure?: RegExp;
  /** The figure of keepalived that is set beside it, when it has none of this name. */
  readonly beside?: { readonly case: string; readonly figure: string };
  readonly wish?: string;
  readonly unfair?: string;
  /** Anything else that explains it. */
  readonly know?: string;
}

/** Lab figures that page faults, system calls and the start of a runtime dominate. */
const faults = "a runtime's page faults cost 8-15x in the lab";
const runtimes = "three copies of a runtime beside a C program";
const calls = "mostly system calls, 47x dearer in the lab";

/** In this order; of the remarks that fit a figure, the first of each kind counts. */
export const remarks: readonly Remark[] = [
  { measure: "size", figure: /^binary$/, wish: "at most 125 MB", unfair: "a whole runtime against a C program" },
  { measure: "size", figure: /libraries/, unfair: "a runtime with SQLite, TLS and HTTP/2 in one file" },
  { measure: "first-advertisement", case: /255/, figure: /first advert/, wish: "under 300 ms" },
  {
    measure: "first-advertisement",
    figure: /first advert|virtual/,
    case: /255/,
    know: "keepalived waits 3 intervals also as owner",
  },
  {
    measure: "first-advertisement",
    figure: /first advert|virtual/,
    know: "3.4 intervals of it are the protocol's",
  },
  { measure: "memory", case: /three/, figure: /pss/, wish: "under 110 MB", unfair: runtimes },
  {
    measure: "memory",
    case: /instance/,
    figure: /pss/,
    know: "two of three processes: nothing to check",
    unfair: "two copies of a runtime beside a C program",
  },
  { measure: "memory", figure: /memory (private|anon|rss)/, unfair: runtimes },
  { measure: "small", figure: /memory/, unfair: runtimes },
  { measure: "small", figure: /exec to|cpu of the start/, unfair: faults },
  { measure: "table", case: /^start, 1,000 x 10$/, figure: /table complete/, wish: "at most 1.5x", unfair: faults },
  { measure: "table", figure: /exec to|cpu of the start/, unfair: faults },
  { measure: "table", figure: /memory/, unfair: runtimes },
  { measure: "table", figure: /stop to/, unfair: "batched netlink gains perhaps 1.5-3x on metal, 8x in the lab" },
  {
    measure: "table",
    case: /^push/,
    figure: /call to table complete/,
    beside: { case: "start, 1,000 x 10", figure: "exec to table complete" },
    wish: "faster than keepalived's start, which is beside it",
    unfair: "the client shares the one processor",
  },
  { measure: "table", figure: /ipvsadm/, know: "ipvsadm, not keepalived" },
  {
    measure: "table",
    figure: /netlink alone/,
    know: "a C program that has the messages ready: the kernel's own part",
  },
  { measure: "table", case: /^push/, unfair: "the client shares the one processor" },
  { measure: "change", case: /of 1 x 2/, figure: /call to answer/, wish: "under 10 ms on the host" },
  { measure: "change", case: /of 1 x 2/, unfair: calls },
  { measure: "many-checks", case: /^5,000/, figure: /cpu of/, wish: "under 20 %" },
  { measure: "many-checks", case: /^5,000/, figure: /memory/, wish: "under 100 MB" },
  { measure: "many-checks", figure: /latest/, wish: "under 100 ms, a tenth of the delay" },
  { measure: "change", case: /only its/, figure: /call to answer/, know: "the call carries 10 real servers" },
  { measure: "change-on-host", figure: /call to answer/, wish: "under 5 ms" },
  { measure: "change-on-host", figure: /call to answer/, know: "p99 wished: under 20 ms" },
  { measure: "push-on-host", case: /1,000/, figure: /call to answer/, wish: "under 1,500 ms" },
  { measure: "push-on-host", case: /10 MB/, wish: "under 2,000 ms" },
  { measure: "push-on-host", case: /weight/, figure: /call to answer/, wish: "under 5 ms, p99 under 20 ms" },
  { measure: "watchers", figure: /to event/, wish: "p99 under 5 ms" },
  { measure: "watchers", figure: /cpu/, wish: "under 100 %" },
  { measure: "watchers", figure: /memory/, wish: "under 250 MB" },
  { measure: "watchers", figure: /events a second/, know: "100, or the load is not what was meant" },
  { measure: "change", case: /1000/, figure: /call to answer/, know: "each call carries all 10,000 real servers" },
  {
    measure: "failover",
    case: /kill/,
    figure: /^gap/,
    wish: "within 1 ms of keepalived's",
    unfair: "the dead director's memory is given back on the survivor's processor; see dead",
  },
  { measure: "failover", figure: /^gap/, wish: "within 1 ms of keepalived's" },
  {
    measure: "failover",
    figure: /to exit/,
    wish: "under 100 ms",
    unfair:
      "60 ms of it is the lab's kernel tearing down one process of this size, as it does after SIGKILL; 8 ms on the host",
    know: "keepalived sleeps 1 s before it exits",
  },
  { measure: "failover-on-host", figure: /^gap/, wish: "within 1 ms of keepalived's, 0.5 ms of the protocol's time" },
  {
    measure: "failover-on-host",
    figure: /to exit/,
    wish: "under 100 ms",
    know: "keepalived sleeps 1 s before it exits",
  },
  { measure: "jitter", figure: /cpu/, unfair: calls },
  {
    measure: "jitter",
    case: /rt_priority/,
    figure: /interval p99/,
    wish: "no more than keepalived's",
  },
  { measure: "jitter", case: /[1-9] computing/, figure: /false/, wish: "0" },
  { measure: "jitter-on-host", case: /rt_priority/, figure: /interval p99/, wish: "no more than keepalived's" },
  { measure: "jitter-on-host", case: /[1-9] computing/, figure: /false/, wish: "0" },
  { measure: "busy-control", figure: /p99/, case: /busy|plans/, wish: "under 11 ms: late by less than 1 ms" },
  { measure: "instances", figure: /cpu/, wish: "under 15 %" },
  { measure: "instances", figure: /first takeover/, wish: "under 1,000 ms" },
  { measure: "instances", figure: /late max/, wish: "under 50 ms" },
  { measure: "instances", figure: /memory/, unfair: runtimes },
  { measure: "checks", figure: /cpu/, unfair: calls },
  { measure: "checks", figure: /exec to/, know: "keepalived waits 1 s before it probes" },
  { measure: "checks", figure: /memory/, unfair: runtimes },
];

export const general = [
  "both ran on the same kernel, in turns. VRRP times (timers dominate), computing and memory compare well; lab figures only within a row.",
  "the ratio is vipward's median to keepalived's: under 1, vipward needs less.",
  "both run only the processes that the case needs.",
];
