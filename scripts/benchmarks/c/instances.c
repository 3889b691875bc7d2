/* instances: many VRRP instances that become master at the same time, and what they cost from then on.
 *
 *   instances -x CASE -n INSTANCES -c CONFIGURATION -a ADVERTISEMENT_MS -d DAEMON [-k RUNS]
 *
 * The director runs in lb1. An instance is known by the interface and the virtual router id of what it sends. The spread of the takeovers is
 * from the first advertisement of the first to the first of the last instance; the intervals are of all instances for 10 s after that. */
#include "daemon.h"
#include "wire.h"

#define MOST_LINKS 64
#define SETTLED_MS 3000
#define WATCHED_MS 10000

static u64 last_sent[MOST_LINKS][256];
static int instances, wire;
static double interval_ms;

/* The interval that ends with this advertisement; 0 for the first of its instance. */
static double interval_of(const struct sent *p) {
  u64 *last = &last_sent[p->link % MOST_LINKS][p->virtual_router];
  double interval = *last ? ms_between(*last, p->at) : 0;
  *last = p->at;
  return interval;
}

/* Until all have advertised, or the limit. */
static void takeovers(u64 start) {
  u64 first = 0, final = 0;
  int seen = 0;
  for (struct sent p; seen < instances && ms_between(start, now()) < 60000; pause_ms(2))
    while (wire_next(wire, &p)) {
      if (p.is_arp || interval_of(&p) > 0) continue;
      if (!seen++) first = p.at;
      final = p.at;
    }
  emit("instances that took over", seen, "");
  emit("first takeover to last", seen == instances ? ms_between(first, final) : NEVER, "ms");
}

/* Reads on meanwhile: what the socket had to drop would look like an advertisement that never left. */
static void settle(void) {
  u64 start = now();
  for (struct sent p; ms_between(start, now()) < SETTLED_MS; pause_ms(5))
    while (wire_next(wire, &p))
      if (!p.is_arp) interval_of(&p);
}

static void steady(const struct daemon *d) {
  static double intervals[1 << 20];
  struct processes p = processes_of(d);
  u64 start = now();
  double used = (double)cpu_of(&p);
  int n = 0;
  for (struct sent s; ms_between(start, now()) < WATCHED_MS; pause_ms(5))
    while (wire_next(wire, &s)) {
      double interval = s.is_arp ? 0 : interval_of(&s);
      if (interval > 0 && n < 1 << 20) intervals[n++] = interval;
    }
  used = ((double)cpu_of(&p) - used) / 1e6;
  qsort(intervals, (size_t)n, sizeof *intervals, ascending);
  emit("cpu, part of a processor", used / WATCHED_MS * 100, "%");
  emit("advertisements", n, "");
  emit("late p50", n ? intervals[n / 2] - interval_ms : NEVER, "ms");
  emit("late p99", n ? intervals[n * 99 / 100] - interval_ms : NEVER, "ms");
  emit("late max", n ? intervals[n - 1] - interval_ms : NEVER, "ms");
}

int main(int argc, char **argv) {
  const char *conf = 0, *command = 0;
  int runs = 1;
  for (int o; (o = getopt(argc, argv, "x:n:c:a:d:k:")) > 0;) switch (o) {
      case 'x': measured_case = optarg; break;
      case 'n': instances = atoi(optarg); break;
      case 'c': conf = optarg; break;
      case 'a': interval_ms = atof(optarg); break;
      case 'd': command = optarg; break;
      case 'k': runs = atoi(optarg); break;
      default: return 2;
    }
  be_quick(SCHED_FIFO, 60);
  wire = wire_open("lb1", 0);
  while (runs-- > 0) {
    struct daemon d = daemon_of(command, "lb1", conf, 1);
    u64 start, asked;
    memset(last_sent, 0, sizeof last_sent);
    wire_drain(wire);
    start = daemon_start(&d);
    takeovers(start);
    settle();
    steady(&d);
    emit_memory(&d);
    asked = now();
    daemon_stop(&d);
    emit("stop to exit", ms_between(asked, now()), "ms");
  }
  return 0;
}
