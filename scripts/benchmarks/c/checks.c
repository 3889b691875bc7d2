/* checks: what checkers cost and how soon they see a change.
 *
 *   checks -x CASE -n REAL_SERVERS -c CONFIGURATION -d DAEMON [-h] [-t SECONDS] [-e EVENTS] [-k RUNS]
 *
 * The daemon runs in lb1. One program in r1 is all the real servers: 10.9.0.11, ports from 10000, ten to a virtual server
 * (configurations/checks). -h: it answers HTTP. EVENTS real servers close one after the other, and come back. */
#include "daemon.h"
#include "ipvs.h"
#include <sys/epoll.h>

#define MOST 4096
#define SERVER 0x0A09000Bu                                                      /* 10.9.0.11 */
#define CHECKED(i) (0x0A150000u + (i) / 10 / 250 * 256 + (i) / 10 % 250 + 1) /* 10.21.x.y, port 80 */

static int reals, answers_http, poller, ipvs, listeners[MOST];
static u64 accepted;

static void open_server(int i) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(10000 + i))};
  struct epoll_event event = {EPOLLIN, {.u64 = (u64)i}};
  int s, on = 1;
  enter("r1");
  s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(s, (void *)&local, sizeof local) || listen(s, 64)) die("listen on port %d", 10000 + i);
  enter("-");
  epoll_ctl(poller, EPOLL_CTL_ADD, s, &event);
  listeners[i] = s;
}

static void answer(int s) {
  static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
  char request[4096];
  if (read(s, request, sizeof request) > 0 && write(s, reply, sizeof reply - 1) > 0) shutdown(s, SHUT_WR);
  close(s);
}

static void accept_all(int i) {
  for (int s; (s = accept4(listeners[i], 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    struct epoll_event event = {EPOLLIN, {.u64 = (u64)(MOST + s)}};
    accepted++;
    if (answers_http) epoll_ctl(poller, EPOLL_CTL_ADD, s, &event);
    else close(s);
  }
}

/* Answers what waits, for at most so many milliseconds. */
static void serve(int ms) {
  struct epoll_event events[128];
  int n = epoll_wait(poller, events, 128, ms);
  for (int k = 0; k < n; k++) {
    if (events[k].data.u64 < MOST) accept_all((int)events[k].data.u64);
    else answer((int)(events[k].data.u64 - MOST));
  }
}

static void serve_for(u64 duration) {
  for (u64 start = now(); now() - start < duration;) serve(20);
}

static int bring_up(struct daemon *d) {
  u64 start, first = 0, all = 0;
  int virtuals = (reals + 9) / 10;
  accepted = 0;
  start = daemon_start(d);
  while (!all && now() - start < 60 * SECOND) {
    int total;
    serve(2);
    total = ipvs_total(ipvs, virtuals);
    if (total > 0 && !first) first = now();
    if (total == reals) all = now();
  }
  emit("exec to first real server in", ms_between(start, first), "ms");
  emit("exec to all real servers in", ms_between(start, all), "ms");
  return all != 0;
}

static void steady_cost(struct daemon *d, int seconds) {
  struct processes p;
  u64 used, start, before;
  double checks, cpu;
  serve_for(3 * SECOND);
  p = processes_of(d);
  used = cpu_of(&p), before = accepted, start = now();
  serve_for((u64)seconds * SECOND);
  cpu = (double)(cpu_of(&p) - used) / 1e9, checks = (double)(accepted - before);
  emit("checks per second", checks / (ms_between(start, now()) / 1000), "1/s");
  emit("cpu per 1000 checks", checks ? cpu / checks * 1000 : NEVER, "s");
  emit_memory(d);
}

static int is_in(int i) { return ipvs_weight(ipvs, CHECKED(i), 80, SERVER, 10000 + i) > 0; }

/* Changes the chosen real servers 137 ms apart and times each until the table shows it. */
static void detect(int events, int opened, const char *figure) {
  static u64 changed[MOST], seen[MOST];
  int step = reals / events, begun = 0, left = events;
  u64 start = now(), next = start;
  memset(changed, 0, sizeof changed), memset(seen, 0, sizeof seen);
  while (left && now() - start < 60 * SECOND) {
    if (begun < events && now() >= next) {
      int i = begun++ * step;
      changed[i] = now(), next = now() + 137 * MILLISECOND;
      if (opened) open_server(i);
      else close(listeners[i]);
    }
    serve(4);
    for (int k = 0; k < begun; k++) {
      int i = k * step;
      if (!seen[i] && is_in(i) == opened) seen[i] = now(), left--;
    }
  }
  for (int k = 0; k < begun; k++) emit(figure, ms_between(changed[k * step], seen[k * step]), "ms");
}

int main(int argc, char **argv) {
  const char *conf = 0, *command = 0;
  int seconds = 20, events = 20, runs = 1, failed = 0;
  for (int o; (o = getopt(argc, argv, "x:n:c:d:ht:e:k:")) > 0;) switch (o) {
      case 'x': measured_case = optarg; break;
      case 'n': reals = atoi(optarg); break;
      case 'c': conf = optarg; break;
      case 'd': command = optarg; break;
      case 'h': answers_http = 1; break;
      case 't': seconds = atoi(optarg); break;
      case 'e': events = atoi(optarg); break;
      case 'k': runs = atoi(optarg); break;
      default: return 2;
    }
  poller = epoll_create1(EPOLL_CLOEXEC);
  if ((ipvs = ipvs_open("lb1")) < 0) return fprintf(stderr, "bench: no IPVS in this kernel\n"), 1;
  for (int i = 0; i < reals; i++) open_server(i);
  be_quick(SCHED_RR, 10);
  while (runs-- > 0 && !failed) {
    struct daemon d = daemon_of(command, "lb1", conf, 1);
    if ((failed = !bring_up(&d))) {
      fprintf(stderr, "# not all up after 60 s: %d services\n", ipvs_services(ipvs));
      show_log(&d);
    } else {
      steady_cost(&d, seconds);
      detect(events, 0, "real server closed to out of ipvs");
      detect(events, 1, "real server back to in ipvs");
    }
    daemon_stop(&d);
    pause_ms(300);
  }
  return failed;
}
