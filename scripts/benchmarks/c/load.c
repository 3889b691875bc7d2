/* load: a daemon with many services: from exec to the complete table, reloads, the stop; CPU and memory.
 *
 *   load -x CASE -n SERVICES -m DESTINATIONS_EACH -c CONFIGURATION -d DAEMON [-k RUNS] [-w SAME_WITH_ONE_WEIGHT -r RELOADS]
 *
 * Every run is in a fresh network namespace. -w: the configuration with weight 7 for real server 0 of the middle service; each reload
 * (SIGHUP) is once unchanged, once to that weight, once back; then only these are figures. A local listener answers TCP checks of all real servers. */
#include "daemon.h"
#include "ipvs.h"

#define CONF "/run/bench/load.conf"

static int services, each, ipvs, listener, is_about_reloads;

static void put_configuration(const char *source) {
  char command[256];
  snprintf(command, sizeof command, "cp %s %s.new && mv %s.new %s", source, CONF, CONF, CONF);
  if (system(command)) die("%s", command);
}

static void listen_for_checks(void) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(8080)};
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (bind(listener, (void *)&local, sizeof local) || listen(listener, 4096)) die("listen");
}

static void rest(void) {
  for (int s; (s = accept(listener, 0, 0)) >= 0;) close(s);
  pause_ms(2);
}

static int watch_start(struct daemon *d) {
  u64 start = daemon_start(d), first = 0, complete = 0, quiet;
  struct processes p;
  for (; !complete && now() - start < 120 * SECOND; rest()) {
    if (!first && ipvs_services(ipvs) > 0) first = now();
    if (ipvs_complete(ipvs, services, each)) complete = now();
  }
  if (!complete) return 0;
  quiet = quiet_since(d, 60000);
  if (is_about_reloads) return 1;
  p = processes_of(d);
  emit("exec to first service", ms_between(start, first), "ms");
  emit("exec to table complete", ms_between(start, complete), "ms");
  emit("exec to work over", ms_between(start, quiet), "ms");
  emit("cpu of the start", (double)cpu_of(&p) / 1e6, "ms");
  emit_memory(d);
  return 1;
}

static int weight_now(void) { return ipvs_weight(ipvs, VIRTUAL(services / 2), 80, REAL(services / 2, 0), 8080); }

static void reload(struct daemon *d, const char *conf, const char *name, int weight) {
  struct processes p = processes_of(d);
  u64 used = cpu_of(&p), start, changed = 0, quiet;
  char figure[64];
  put_configuration(conf);
  start = now();
  kill(d->root, SIGHUP);
  for (; weight && !changed && now() - start < 60 * SECOND; rest())
    if (weight_now() == weight) changed = now();
  quiet = quiet_since(d, 60000);
  if (weight) {
    snprintf(figure, sizeof figure, "reload %s to kernel", name);
    emit(figure, ms_between(start, changed), "ms");
  }
  snprintf(figure, sizeof figure, "reload %s to work over", name);
  emit(figure, ms_between(start, quiet), "ms");
  snprintf(figure, sizeof figure, "reload %s cpu", name);
  emit(figure, (double)(cpu_of(&p) - used) / 1e6, "ms");
  if (!ipvs_complete(ipvs, services, each)) fprintf(stderr, "# wrong table after reload %s\n", name);
}

static void watch_stop(struct daemon *d) {
  struct processes p = processes_of(d);
  u64 start = now(), empty = 0, exited = 0;
  kill(d->root, SIGTERM);
  for (; (!exited || (!empty && now() - exited < SECOND)) && now() - start < 60 * SECOND; pause_ms(2)) {
    if (!empty && ipvs_services(ipvs) == 0) empty = now();
    if (!exited && waitpid(d->root, 0, WNOHANG) == d->root) exited = now();
  }
  if (!is_about_reloads) emit("stop to table empty", ms_between(start, empty), "ms");
  if (!is_about_reloads) emit("stop to exit", ms_between(start, exited), "ms");
  for (int i = p.count - 1; i >= 0; i--) kill(p.ids[i], SIGKILL);
  if (!exited) waitpid(d->root, 0, 0);
}

int main(int argc, char **argv) {
  const char *conf = 0, *other = 0, *command = 0;
  int runs = 1, reloads = 0;
  for (int o; (o = getopt(argc, argv, "x:n:m:c:d:k:w:r:")) > 0;) switch (o) {
      case 'x': measured_case = optarg; break;
      case 'n': services = atoi(optarg); break;
      case 'm': each = atoi(optarg); break;
      case 'c': conf = optarg; break;
      case 'd': command = optarg; break;
      case 'k': runs = atoi(optarg); break;
      case 'w': other = optarg, is_about_reloads = 1; break;
      case 'r': reloads = atoi(optarg); break;
      default: return 2;
    }
  be_quick(SCHED_RR, 10);
  while (runs-- > 0) {
    struct daemon d = daemon_of(command, "-", CONF, 1);
    enter_fresh();
    if ((ipvs = ipvs_open("-")) < 0) return fprintf(stderr, "bench: no IPVS in this kernel\n"), 1;
    if (system("ip link add eth0 type dummy && ip addr add 10.9.0.1/24 dev eth0 && ip link set eth0 up && ip route add local 10.32.0.0/11 dev lo")) die("links");
    listen_for_checks();
    put_configuration(conf);
    if (!watch_start(&d)) {
      fprintf(stderr, "# the table is not complete after 120 s: %d services\n", ipvs_services(ipvs));
      show_log(&d);
      daemon_stop(&d);
      return 1;
    }
    for (int r = 0; other && r < reloads; r++) {
      reload(&d, conf, "unchanged", 0);
      reload(&d, other, "one weight", 7);
      reload(&d, conf, "weight back", 1);
    }
    watch_stop(&d);
    close(ipvs), close(listener);
    pause_ms(300);
  }
  return 0;
}
