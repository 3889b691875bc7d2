/* table: when the IPVS table of this namespace is complete.   table SERVICES DESTINATIONS_EACH LIMIT_MS
 *
 * Says "watching", then "first NS" and "complete NS": the real time in nanoseconds. Without a complete table in time, status 1. */
#include "ipvs.h"

int main(int argc, char **argv) {
  int services, each, ipvs = ipvs_open("-"), seen = 0;
  u64 start = now(), limit;
  if (argc != 4 || ipvs < 0) return fprintf(stderr, "bench: usage: table SERVICES EACH LIMIT_MS, in a kernel with IPVS\n"), 2;
  services = atoi(argv[1]), each = atoi(argv[2]), limit = (u64)atoi(argv[3]) * MILLISECOND;
  be_quick(SCHED_RR, 10);
  setlinebuf(stdout);
  puts("watching");
  for (; now() - start < limit; pause_ms(2)) {
    if (!seen && ipvs_services(ipvs) > 0) seen = printf("first %llu\n", (unsigned long long)now());
    if (ipvs_complete(ipvs, services, each)) return printf("complete %llu\n", (unsigned long long)now()), 0;
  }
  return 1;
}
