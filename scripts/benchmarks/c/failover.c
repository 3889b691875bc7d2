/* failover: how long a pair of directors takes until the other one is master, as the wire, the kernel and a client see it.
 *
 *   failover -x CASE -1 CONFIGURATION -2 CONFIGURATION -a ADVERTISEMENT_MS -m kill|dead|stop -d DAEMON [-k RUNS]
 *
 * Directors in namespaces lb1 (the master) and lb2, a client in c, all on one segment.
 * kill: all of lb1's processes at once, so that none resigns; its address stays and its kernel goes on answering until the new master
 *       announces the address (so there is no outage to see).
 * dead: the same and its switch port down at once; its memory is given back only after the take-over, because a director that loses its
 *       power does no work on the other's processor.   stop: SIGTERM to its first process.
 *
 * The pair is left to itself until the master has done the work of its start: this is about a pair that runs. */
#include "daemon.h"
#include "wire.h"
#include <poll.h>

#define PORT 8000
#define MOST_CONNECTIONS 8192

static const char *hosts[2] = {"lb1", "lb2"};
static int wires[2], addresses[2], listeners[2];
static struct daemon directors[2];
static double interval;
static enum { KILL, DEAD, STOP } mode;

static int connections[MOST_CONNECTIONS], connection_count;

static void be_reset_on_close(int s) {
  struct linger none = {1, 0};
  setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

static void try_connect(void) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = {htonl(VIRTUAL_ADDRESS)}};
  int s;
  if (connection_count == MOST_CONNECTIONS) return;
  s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  be_reset_on_close(s);
  if (connect(s, (void *)&to, sizeof to) && errno != EINPROGRESS) close(s);
  else connections[connection_count++] = s;
}

static void drop_connections(void) {
  while (connection_count > 0) close(connections[--connection_count]);
}

/* When director i accepted its last connection, of those that waited; 0: none did. */
static u64 accepted(int i) {
  u64 at = 0;
  for (int s; (s = accept4(listeners[i], 0, 0, SOCK_CLOEXEC)) >= 0; close(s)) at = now(), be_reset_on_close(s);
  return at;
}

static void open_host(int i) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  int on = 1;
  wires[i] = wire_open(hosts[i], "eth0"), addresses[i] = addresses_open(hosts[i]);
  enter(hosts[i]);
  listeners[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setsockopt(listeners[i], SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listeners[i], (void *)&any, sizeof any) || listen(listeners[i], 4096)) die("listen on %s", hosts[i]);
  enter("-");
}

/* Waits until lb1 alone advertises and a client reaches it. Returns when it last advertised, 0 when it does not come to that. */
static u64 steady(void) {
  u64 start = now(), first = 0, second = start, reached = 0, t;
  double calm = interval >= 1000 ? 1500 : interval * 4 > 800 ? interval * 4 : 800;
  for (struct sent p; now() - start < 30 * SECOND; pause_ms(20)) {
    while (wire_next(wires[0], &p))
      if (!p.is_arp && p.priority > 0) first = p.at;
    while (wire_next(wires[1], &p))
      if (!p.is_arp) second = p.at;
    if ((t = accepted(0))) reached = t;
    accepted(1), address_change(addresses[0]), address_change(addresses[1]);
    t = now();
    if (first && (double)(t - first) < 2e6 * interval && (double)(int64_t)(t - second) > calm * 1e6 && reached && t - reached < 200 * MILLISECOND)
      return first;
    if (connection_count > 100) drop_connections();
    try_connect();
  }
  fprintf(stderr, "# no steady state within 30 s: lb1 %s, lb2 was silent for %.0f ms, client %s\n", first ? "advertises" : "silent",
          ms_between(second, now()), reached ? "answered" : "not answered");
  return 0;
}

static struct { u64 ended, last_advertised, resigned, advertised, held, announced, connected, last_reached, gone, exited; } at;

static void set_port(int up) {
  enter("sw"), set_link("vlb1", up), enter("c");
}

static void end_master(void) {
  struct processes p = processes_of(&directors[0]);
  at.ended = now();
  if (mode == STOP) kill(directors[0].root, SIGTERM);
  if (mode == KILL) daemon_kill(&p);
  if (mode == DEAD) daemon_freeze(&p), set_port(0);
}

static void note_packets(void) {
  for (struct sent p; wire_next(wires[0], &p);) {
    if (p.is_arp) continue;
    if (p.priority > 0 && (!at.ended || mode == STOP || p.at <= at.ended + MILLISECOND / 2)) at.last_advertised = p.at;
    if (p.priority == 0 && at.ended && !at.resigned) at.resigned = p.at;
  }
  for (struct sent p; wire_next(wires[1], &p);) {
    if (!at.ended || p.at <= at.ended) continue;
    if (!p.is_arp && p.priority > 0 && !at.advertised) at.advertised = p.at;
    if (p.is_arp && p.arp_sender == VIRTUAL_ADDRESS && !at.announced) at.announced = p.at;
  }
}

static void note_addresses(void) {
  if (address_change(addresses[1]) > 0 && at.ended && !at.held) at.held = now();
  if (address_change(addresses[0]) < 0 && at.ended && !at.gone) at.gone = now();
}

static void note_connections(void) {
  u64 t = accepted(0);
  if (t && !at.connected) at.last_reached = t;
  if ((t = accepted(1)) && at.ended && !at.connected) at.connected = t;
}

static int is_over(void) { return at.ended && at.advertised && at.held && at.connected && (mode != STOP || at.exited); }

static void wait_for_more(u64 until) {
  struct pollfd f[6];
  struct timespec wait = {0, 0};
  for (int i = 0; i < 2; i++) {
    f[i * 3] = (struct pollfd){wires[i], POLLIN, 0};
    f[i * 3 + 1] = (struct pollfd){addresses[i], POLLIN, 0};
    f[i * 3 + 2] = (struct pollfd){listeners[i], POLLIN, 0};
  }
  if (until > now()) wait.tv_nsec = (long)(until - now()) % (long)(5 * MILLISECOND);
  ppoll(f, 6, &wait, 0);
}

/* One take-over. A client connects every 5 ms, from 50 ms before the end of the master. */
static void take_over(u64 last_advertised) {
  u64 start = now(), next = start;
  memset(&at, 0, sizeof at);
  at.last_advertised = last_advertised;
  while (!is_over() && now() - start < 15 * SECOND) {
    if (now() >= next) try_connect(), next = now() + 5 * MILLISECOND;
    if (!at.ended && now() - start > 50 * MILLISECOND) end_master();
    note_packets(), note_addresses(), note_connections();
    if (at.ended && mode == STOP && !at.exited && waitpid(directors[0].root, 0, WNOHANG) == directors[0].root) at.exited = now();
    wait_for_more(next);
  }
  drop_connections();
}

static void report(void) {
  emit(mode == STOP ? "end to first advertisement" : "gap between advertisements",
       ms_between(mode == STOP ? at.ended : at.last_advertised, at.advertised), "ms");
  emit("end to virtual address", ms_between(at.ended, at.held), "ms");
  emit("end to gratuitous arp", ms_between(at.ended, at.announced), "ms");
  emit("end to first connection", ms_between(at.ended, at.connected), "ms");
  if (mode == DEAD) emit("client without answer", at.last_reached ? ms_between(at.last_reached, at.connected) : NEVER, "ms");
  if (mode != STOP) return;
  emit("end to resignation", ms_between(at.ended, at.resigned), "ms");
  emit("resignation to first advertisement", at.resigned ? ms_between(at.resigned, at.advertised) : NEVER, "ms");
  emit("end to old address gone", ms_between(at.ended, at.gone), "ms");
  emit("client without answer", at.last_reached ? ms_between(at.last_reached, at.connected) : NEVER, "ms");
  emit("end to exit", ms_between(at.ended, at.exited), "ms");
}

static void forget_address(const char *host) {
  char command[128];
  snprintf(command, sizeof command, "ip -n %s addr del 10.9.0.100/32 dev eth0 2>/dev/null", host);
  if (system(command)) return; /* it was not there */
}

static void clean_up_first(void) {
  struct processes left = processes_of(&directors[0]);
  daemon_kill(&left);
  if (!at.exited) waitpid(directors[0].root, 0, 0);
  if (mode == DEAD) set_port(1);
  forget_address("lb1");
}

int main(int argc, char **argv) {
  const char *confs[2] = {0}, *command = 0;
  int runs = 1, failed = 0;
  for (int o; (o = getopt(argc, argv, "x:1:2:a:m:d:k:")) > 0;) switch (o) {
      case 'x': measured_case = optarg; break;
      case '1': confs[0] = optarg; break;
      case '2': confs[1] = optarg; break;
      case 'a': interval = atof(optarg); break;
      case 'm': mode = !strcmp(optarg, "stop") ? STOP : !strcmp(optarg, "dead") ? DEAD : KILL; break;
      case 'd': command = optarg; break;
      case 'k': runs = atoi(optarg); break;
      default: return 2;
    }
  be_quick(SCHED_FIFO, 50);
  srand((unsigned)getpid());
  for (int i = 0; i < 2; i++) {
    open_host(i);
    directors[i] = daemon_of(command, hosts[i], confs[i], i + 1);
    daemon_start(&directors[i]);
  }
  while (runs-- > 0) {
    u64 advertised;
    quiet_since(&directors[0], 10000);
    enter("c");
    if ((failed = !(advertised = steady()))) {
      show_log(&directors[0]);
      break;
    }
    drop_connections();
    pause_ms(rand() % 1000 / 1000.0 * interval); /* anywhere within the interval */
    take_over(advertised);
    enter("-");
    report();
    clean_up_first();
    if (runs > 0) daemon_start(&directors[0]);
  }
  enter("-");
  if (failed) daemon_stop(&directors[0]);
  daemon_stop(&directors[1]);
  forget_address("lb2");
  return failed;
}
