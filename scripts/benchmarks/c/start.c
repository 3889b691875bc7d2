/* start: from exec to the first advertisement, the virtual address and a small IPVS table; memory and CPU when idle; the stop.
 *
 *   start -x CASE -c CONFIGURATION -d DAEMON [-k RUNS] [-t DESTINATIONS] [-i IDLE_SECONDS] [-m]
 *
 * The daemon runs in namespace lb1. -t: also waits for one service with so many destinations. -i: seconds of rest after which memory
 * is read, and of idling over which CPU is counted; 0 leaves both out. -m: only these. */
#include "daemon.h"
#include "ipvs.h"
#include "wire.h"

static int wire, addresses, ipvs = -1, destinations, only_memory;
static double idle = 2;

static void watch_start(struct daemon *d) {
  u64 start, advertised = 0, held = 0, table = 0;
  wire_drain(wire), address_change(addresses);
  start = daemon_start(d);
  for (struct sent p; now() - start < 20 * SECOND; pause_ms(1)) {
    while (wire_next(wire, &p))
      if (!p.is_arp && p.at > start && !advertised) advertised = p.at;
    if (address_change(addresses) > 0 && !held) held = now();
    if (destinations && !table && ipvs_total(ipvs, 1) == destinations) table = now();
    if (advertised && held && (table || !destinations)) break;
  }
  if (!advertised || (destinations && !table)) show_log(d);
  if (only_memory) return;
  emit("exec to first advertisement", ms_between(start, advertised), "ms");
  emit("exec to virtual address", ms_between(start, held), "ms");
  if (destinations) emit("exec to table complete", ms_between(start, table), "ms");
}

static void watch_idle(struct daemon *d) {
  struct processes p;
  u64 used, start;
  pause_ms(idle * 1000);
  p = processes_of(d);
  used = cpu_of(&p);
  emit("cpu of the start", (double)used / 1e6, "ms");
  emit_memory(d);
  start = now(), used = cpu_of(&p);
  pause_ms(idle * 1000);
  emit("cpu when idle", (double)(cpu_of(&p) - used) / 1e6 / (ms_between(start, now()) / 1000), "ms/s");
}

static void watch_stop(struct daemon *d) {
  struct processes p = processes_of(d);
  u64 start, exited = 0, gone = 0, resigned = 0;
  wire_drain(wire), address_change(addresses);
  start = now();
  kill(d->root, SIGTERM);
  for (struct sent s; !exited && now() - start < 20 * SECOND; pause_ms(1)) {
    if (waitpid(d->root, 0, WNOHANG) == d->root) exited = now();
    while (wire_next(wire, &s))
      if (!s.is_arp && s.priority == 0 && !resigned) resigned = s.at;
    if (address_change(addresses) < 0 && !gone) gone = now();
  }
  for (int i = p.count - 1; i >= 0; i--) kill(p.ids[i], SIGKILL);
  if (!exited) waitpid(d->root, 0, 0);
  if (only_memory) return;
  emit("stop to resignation", ms_between(start, resigned), "ms");
  emit("stop to address gone", ms_between(start, gone), "ms");
  emit("stop to exit", ms_between(start, exited), "ms");
}

int main(int argc, char **argv) {
  const char *conf = 0, *command = 0;
  struct daemon d;
  int runs = 1;
  for (int o; (o = getopt(argc, argv, "x:c:d:k:t:i:m")) > 0;) switch (o) {
      case 'x': measured_case = optarg; break;
      case 'c': conf = optarg; break;
      case 'd': command = optarg; break;
      case 'k': runs = atoi(optarg); break;
      case 't': destinations = atoi(optarg); break;
      case 'i': idle = atof(optarg); break;
      case 'm': only_memory = 1; break;
      default: return 2;
    }
  wire = wire_open("lb1", "eth0"), addresses = addresses_open("lb1");
  if (destinations && (ipvs = ipvs_open("lb1")) < 0) return fprintf(stderr, "bench: no IPVS in this kernel\n"), 1;
  be_quick(SCHED_RR, 10);
  d = daemon_of(command, "lb1", conf, 1);
  while (runs-- > 0) {
    watch_start(&d);
    if (idle > 0) watch_idle(&d);
    else pause_ms(500); /* a stop in the middle of a start is another story */
    watch_stop(&d);
    pause_ms(300);
  }
  return 0;
}
