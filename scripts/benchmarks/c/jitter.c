/* jitter: how even the advertisements of a master are.
 *
 *   jitter -x CASE -1 CONFIGURATION -2 CONFIGURATION -a ADVERTISEMENT_MS -n ADVERTISEMENTS -d DAEMON [-h HOGS] [-l COMMAND]
 *
 * A pair in lb1 and lb2; the intervals are of what lb1 sends, by the kernel's time stamps. What lb2 sends meanwhile are false
 * take-overs. HOGS processes compute all the time beside them; COMMAND, with {run} of lb1, is a load that runs meanwhile. */
#include "daemon.h"
#include "wire.h"

static int wires[2];

/* Waits until lb1 alone advertises. */
static int steady(double interval) {
  u64 start = now(), first = 0, second = start;
  for (struct sent p; now() - start < 30 * SECOND; pause_ms(20)) {
    while (wire_next(wires[0], &p))
      if (!p.is_arp) first = p.at;
    while (wire_next(wires[1], &p))
      if (!p.is_arp) second = p.at;
    if (first && (double)(now() - first) < interval * 2e6 && (int64_t)(now() - second) > (int64_t)(3 * SECOND / 2)) return 1;
  }
  return 0;
}

static pid_t hog(void) {
  pid_t id = fork();
  if (id) return id;
  be_quick(SCHED_OTHER, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (volatile u64 work = 0;; work++) continue;
}

static pid_t load(const char *command, const struct daemon *d) {
  struct daemon l = daemon_of(command, d->netns, d->conf, 3);
  pid_t id;
  strcpy(l.run, d->run);
  if ((id = fork())) return id;
  become(&l);
  return 0;
}

/* Collects intervals until there are n or three times the time is over; returns how many. */
static int collect(double *intervals, int n, double interval, int *false_ones) {
  u64 start = now(), last = 0;
  int count = 0;
  for (struct sent p; count < n && ms_between(start, now()) < n * interval * 3 + 5000; pause_ms(50)) {
    while (wire_next(wires[0], &p)) {
      if (p.is_arp) continue;
      if (last && count < n) intervals[count++] = ms_between(last, p.at);
      last = p.at;
    }
    while (wire_next(wires[1], &p)) *false_ones += !p.is_arp;
  }
  return count;
}

int main(int argc, char **argv) {
  const char *confs[2] = {0}, *command = 0, *loading = 0, *hosts[2] = {"lb1", "lb2"};
  struct daemon directors[2];
  struct processes p;
  pid_t hog_ids[16], loader = 0;
  int n = 1000, hogs = 0, count, false_ones = 0, failed;
  double interval = 100, *intervals, used;
  for (int o; (o = getopt(argc, argv, "x:1:2:a:n:h:d:k:l:")) > 0;) switch (o) {
      case 'x': measured_case = optarg; break;
      case '1': confs[0] = optarg; break;
      case '2': confs[1] = optarg; break;
      case 'a': interval = atof(optarg); break;
      case 'n': n = atoi(optarg); break;
      case 'h': hogs = atoi(optarg); break;
      case 'd': command = optarg; break;
      case 'l': loading = optarg; break;
      case 'k': break;
      default: return 2;
    }
  intervals = calloc((size_t)n, sizeof *intervals);
  be_quick(SCHED_FIFO, 50);
  for (int i = 0; i < 2; i++) {
    wires[i] = wire_open(hosts[i], "eth0");
    directors[i] = daemon_of(command, hosts[i], confs[i], i + 1);
    daemon_start(&directors[i]);
  }
  if ((failed = !steady(interval))) {
    fprintf(stderr, "# no steady master within 30 s\n");
    show_log(&directors[0]);
  } else {
    for (int i = 0; i < hogs; i++) hog_ids[i] = hog();
    if (loading) loader = load(loading, &directors[0]);
    pause_ms(loading ? 3000 : 300);
    wire_drain(wires[0]), wire_drain(wires[1]);
    p = processes_of(&directors[0]);
    used = (double)cpu_of(&p);
    count = collect(intervals, n, interval, &false_ones);
    used = ((double)cpu_of(&p) - used) / 1e6;
    for (int i = 0; i < hogs; i++) kill(hog_ids[i], SIGKILL);
    if (loader && kill(loader, SIGTERM)) fprintf(stderr, "# the load had ended\n");
    qsort(intervals, (size_t)count, sizeof *intervals, ascending);
    emit("interval p50", count ? intervals[count / 2] : NEVER, "ms");
    emit("interval p90", count ? intervals[count * 9 / 10] : NEVER, "ms");
    emit("interval p99", count ? intervals[count * 99 / 100] : NEVER, "ms");
    emit("interval max", count ? intervals[count - 1] : NEVER, "ms");
    emit("false advertisements of the backup", false_ones, "");
    emit("cpu per 1000 advertisements", count ? used / count * 1000 : NEVER, "ms");
  }
  daemon_stop(&directors[0]), daemon_stop(&directors[1]);
  if (system("for i in 1 2; do ip -n lb$i addr del 10.9.0.100/32 dev eth0 2>/dev/null; done")) return failed;
  return failed;
}
