/* A daemon under measurement: started from a command template, its processes with their CPU time and memory, its end.
 *
 * The template is split at blanks, without a shell; {conf} is the configuration file and {run} a directory for its sockets, pid files
 * and state, empty at each start. The daemon stays in the foreground and ends on SIGTERM. */
#ifndef DAEMON_H
#define DAEMON_H
#include "namespace.h"
#include <dirent.h>
#include <sys/prctl.h>

#define MOST_PROCESSES 64

struct daemon {
  const char *command, *netns, *conf;
  char run[64], log[64];
  pid_t root;
};

struct processes {
  pid_t ids[MOST_PROCESSES];
  int count;
};

/* Replaces {conf} and {run} in one word of the template. */
static inline char *expand(const char *word, const struct daemon *d) {
  char *out = calloc(1, 1024), *o = out;
  while (*word) {
    const char *value = !strncmp(word, "{conf}", 6) ? d->conf : !strncmp(word, "{run}", 5) ? d->run : 0;
    if (value) {
      o = stpcpy(o, value);
      word = strchr(word, '}') + 1;
    } else *o++ = *word++;
  }
  return out;
}

static inline void become(const struct daemon *d) {
  char *arguments[64], *rest = strdup(d->command), *word;
  int n = 0, log = open(d->log, O_WRONLY | O_CREAT | O_APPEND, 0644), null = open("/dev/null", O_RDONLY);
  while ((word = strsep(&rest, " ")) && n < 63)
    if (*word) arguments[n++] = expand(word, d);
  arguments[n] = 0;
  enter(d->netns);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(null, 0), dup2(log, 1), dup2(log, 2);
  be_quick(SCHED_OTHER, 0);
  execvp(arguments[0], arguments);
  fprintf(stderr, "bench: %s: %s\n", arguments[0], strerror(errno));
  _exit(127);
}

/* Names a daemon; several at once differ by `number`. */
static inline struct daemon daemon_of(const char *command, const char *netns, const char *conf, int number) {
  struct daemon d = {.command = command, .netns = netns, .conf = conf};
  snprintf(d.run, sizeof d.run, "/run/bench/daemon%d", number);
  snprintf(d.log, sizeof d.log, "/run/bench/daemon%d.log", number);
  return d;
}

/* Starts it cold: nothing of an earlier run is left. Returns the moment just before the fork. */
static inline u64 daemon_start(struct daemon *d) {
  char command[256];
  u64 moment;
  snprintf(command, sizeof command, "rm -rf %s %s; mkdir -p %s", d->run, d->log, d->run);
  if (system(command)) die("%s", command);
  enter("-");
  moment = now();
  d->root = fork();
  if (d->root < 0) die("fork");
  if (!d->root) become(d);
  return moment;
}

static inline int parent_of(pid_t id, pid_t *parent) {
  char path[64], text[512], state, *after;
  int file, n;
  snprintf(path, sizeof path, "/proc/%d/stat", id);
  if ((file = open(path, O_RDONLY | O_CLOEXEC)) < 0) return 0;
  n = (int)read(file, text, sizeof text - 1);
  close(file);
  if (n <= 0) return 0;
  text[n] = 0;
  after = strrchr(text, ')');
  return after && sscanf(after + 2, "%c %d", &state, parent) == 2 && state != 'Z';
}

static inline void add_process(struct processes *p, pid_t id) {
  pid_t parent;
  for (int i = 0; i < p->count; i++)
    if (p->ids[i] == id) return;
  if (p->count < MOST_PROCESSES && parent_of(id, &parent)) p->ids[p->count++] = id;
}

/* Children that live in sessions of their own, or outlived their parent, are known by their pid files. */
static inline void add_pid_files(struct processes *p, const char *directory) {
  DIR *listing = opendir(directory);
  for (struct dirent *e; listing && (e = readdir(listing));) {
    char path[384], *dot = strrchr(e->d_name, '.');
    int id;
    FILE *f;
    if (!dot || strcmp(dot, ".pid")) continue;
    snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
    if (!(f = fopen(path, "r"))) continue;
    if (fscanf(f, "%d", &id) == 1 && id > 1) add_process(p, id);
    fclose(f);
  }
  if (listing) closedir(listing);
}

/* The daemon's processes, parents before children. */
static inline struct processes processes_of(const struct daemon *d) {
  static pid_t ids[4096], parents[4096];
  struct processes p = {.count = 0};
  DIR *listing = opendir("/proc");
  int n = 0;
  for (struct dirent *e; (e = readdir(listing)) && n < 4096;)
    if (atoi(e->d_name) > 0 && parent_of(atoi(e->d_name), &parents[n])) ids[n++] = atoi(e->d_name);
  closedir(listing);
  add_process(&p, d->root);
  add_pid_files(&p, d->run);
  for (int known = 0; known < p.count; known++)
    for (int i = 0; i < n; i++)
      if (parents[i] == p.ids[known]) add_process(&p, ids[i]);
  return p;
}

/* CPU time that the processes have used, from their CPU clocks: the split into user and system is worthless in the lab. */
static inline u64 cpu_of(const struct processes *p) {
  u64 sum = 0;
  for (int i = 0; i < p->count; i++) {
    struct timespec t;
    if (!clock_gettime((~(clockid_t)p->ids[i]) << 3 | 2, &t)) sum += (u64)t.tv_sec * SECOND + (u64)t.tv_nsec;
  }
  return sum;
}

/* Memory of all processes together. pss counts a shared page in parts, private only what no other process maps. */
static inline void emit_memory(const struct daemon *d) {
  struct processes p = processes_of(d);
  double rss = 0, pss = 0, private = 0, anonymous = 0;
  for (int i = 0; i < p.count; i++) {
    char path[64], line[256];
    FILE *f;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", p.ids[i]);
    if (!(f = fopen(path, "r"))) continue;
    for (long kib; fgets(line, sizeof line, f);) {
      if (sscanf(line, "Rss: %ld", &kib) == 1) rss += (double)kib;
      if (sscanf(line, "Pss: %ld", &kib) == 1) pss += (double)kib;
      if (sscanf(line, "Private_Clean: %ld", &kib) == 1 || sscanf(line, "Private_Dirty: %ld", &kib) == 1) private += (double)kib;
      if (sscanf(line, "Anonymous: %ld", &kib) == 1) anonymous += (double)kib;
    }
    fclose(f);
  }
  emit("memory processes", p.count, "");
  emit("memory pss", pss * 1024 / 1e6, "MB");
  emit("memory private", private * 1024 / 1e6, "MB");
  emit("memory anonymous", anonymous * 1024 / 1e6, "MB");
  emit("memory rss", rss * 1024 / 1e6, "MB");
}

/* Waits until the processes used less than 6 ms of CPU within 300 ms. Returns when the work had ended, 0 past the limit. */
static inline u64 quiet_since(const struct daemon *d, u64 limit_ms) {
  static u64 moments[65536], used[65536];
  struct processes p = processes_of(d);
  u64 start = now();
  for (int n = 0; n < 65536 && now() - start < limit_ms * MILLISECOND; n++) {
    int before = n, last = n;
    moments[n] = now(), used[n] = cpu_of(&p);
    while (before > 0 && moments[n] - moments[before] < 300 * MILLISECOND) before--;
    if (moments[n] - moments[before] >= 300 * MILLISECOND && used[n] - used[before] < 6 * MILLISECOND) {
      while (last > 0 && used[n] - used[last - 1] < 3 * MILLISECOND) last--;
      return moments[last];
    }
    pause_ms(5);
  }
  return 0;
}

/* Stops every process where it is, so that none says a word. */
static inline void daemon_freeze(const struct processes *p) {
  for (int i = 0; i < p->count; i++) kill(p->ids[i], SIGSTOP);
}

/* Ends every process at once, so that none resigns and none restarts another. The root is reaped by the caller. */
static inline void daemon_kill(const struct processes *p) {
  daemon_freeze(p);
  for (int i = p->count - 1; i >= 0; i--) kill(p->ids[i], SIGKILL);
}

/* Ends it in good order, within 10 s, and whatever is left of it by force. */
static inline void daemon_stop(const struct daemon *d) {
  struct processes p = processes_of(d);
  u64 start = now();
  kill(d->root, SIGTERM);
  while (waitpid(d->root, 0, WNOHANG) == 0 && now() - start < 10 * SECOND) pause_ms(20);
  for (int i = p.count - 1; i >= 0; i--) kill(p.ids[i], SIGKILL);
  waitpid(d->root, 0, 0);
}

static inline void show_log(const struct daemon *d) {
  char command[160];
  snprintf(command, sizeof command, "tail -n 8 %s | sed 's/^/#   /' >&2", d->log);
  if (system(command)) fprintf(stderr, "# no log\n");
}
#endif
