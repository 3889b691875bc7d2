/* What every measuring program shares: one clock (real time, so that programs can compare), and figures as JSON lines on stdout. */
#ifndef FIGURE_H
#define FIGURE_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEVER NAN
#define SECOND 1000000000ull
#define MILLISECOND 1000000ull

typedef uint64_t u64; /* nanoseconds */

static const char *measured_case = "";

static inline void die(const char *format, ...) {
  va_list args;
  int error = errno;
  va_start(args, format);
  fprintf(stderr, "bench: ");
  vfprintf(stderr, format, args);
  fprintf(stderr, ": %s\n", strerror(error));
  exit(1);
}

static inline u64 now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (u64)t.tv_sec * SECOND + (u64)t.tv_nsec;
}

static inline void pause_ms(double ms) {
  struct timespec t = {(time_t)(ms / 1000), (long)((u64)(ms * 1e6) % SECOND)};
  nanosleep(&t, 0);
}

/* Milliseconds from one moment to another; NEVER when the later one did not come (0). */
static inline double ms_between(u64 from, u64 to) { return to ? (double)(int64_t)(to - from) / 1e6 : NEVER; }

static inline const char *environment(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

/* One figure of one run. NEVER is written as null: it was waited for and did not happen. */
static inline void emit(const char *figure, double value, const char *unit) {
  char number[32] = "null";
  if (!isnan(value)) snprintf(number, sizeof number, "%.6g", value);
  printf("{\"measure\":\"%s\",\"place\":\"%s\",\"kernel\":\"%s\",\"daemon\":\"%s\",\"case\":\"%s\",\"figure\":\"%s\",\"value\":%s,\"unit\":\"%s\"}\n",
         environment("BENCH_MEASURE"), environment("BENCH_PLACE"), environment("BENCH_KERNEL"), environment("BENCH_DAEMON"),
         measured_case, figure, number, unit);
  fflush(stdout);
}

/* The measuring end must not wait for what it measures. */
static inline void be_quick(int policy, int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  sched_setscheduler(0, policy, &parameters);
}

static inline int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
#endif
