/* The kernel's IPVS table, read by the old socket options: cheap enough to ask every 2 ms. */
#ifndef IPVS_H
#define IPVS_H
#include "namespace.h"
#include <arpa/inet.h>
#include <linux/types.h>
#include <linux/ip_vs.h>

/* The address plan of configurations/services: virtual server i, real server j of it. */
#define VIRTUAL(i) (0x0A140000u + ((i) / 250) * 256 + (i) % 250 + 1)                        /* 10.20.x.y, port 80 */
#define REAL(i, j) (0x0A000000u + ((40 + (j)) << 16) + ((i) / 250) * 256 + (i) % 250 + 1) /* 10.(40+j).x.y, port 8080 */

/* A socket in a namespace; -1 when this kernel has no IPVS. */
static inline int ipvs_open(const char *netns) {
  struct ip_vs_getinfo info;
  socklen_t size = sizeof info;
  int s;
  enter(netns);
  s = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  enter("-");
  if (s < 0) die("raw socket");
  if (!getsockopt(s, IPPROTO_IP, IP_VS_SO_GET_INFO, &info, &size)) return s;
  close(s);
  return -1;
}

static inline int ipvs_services(int s) {
  struct ip_vs_getinfo info;
  socklen_t size = sizeof info;
  return getsockopt(s, IPPROTO_IP, IP_VS_SO_GET_INFO, &info, &size) ? -1 : (int)info.num_services;
}

/* The number of destinations of a service; -1 when there is no such service. */
static inline int ipvs_destinations(int s, uint32_t address, int port) {
  struct ip_vs_service_entry e = {.protocol = IPPROTO_TCP, .addr = htonl(address), .port = htons((uint16_t)port)};
  socklen_t size = sizeof e;
  return getsockopt(s, IPPROTO_IP, IP_VS_SO_GET_SERVICE, &e, &size) ? -1 : (int)e.num_dests;
}

/* The number of all destinations; -1 unless there are exactly so many services. */
static inline int ipvs_total(int s, int services) {
  static struct ip_vs_get_services *table;
  socklen_t size = (socklen_t)(sizeof *table + (size_t)services * sizeof(struct ip_vs_service_entry));
  int total = 0;
  if (ipvs_services(s) != services) return -1;
  table = realloc(table, size);
  table->num_services = (unsigned)services;
  if (getsockopt(s, IPPROTO_IP, IP_VS_SO_GET_SERVICES, table, &size)) return -1;
  for (int i = 0; i < services; i++) total += (int)table->entrytable[i].num_dests;
  return total;
}

/* Whether the whole table is there. Asks three services first, which is cheaper. */
static inline int ipvs_complete(int s, int services, int each) {
  return ipvs_services(s) == services && ipvs_destinations(s, VIRTUAL(services - 1), 80) == each &&
         ipvs_destinations(s, VIRTUAL(0), 80) == each && ipvs_total(s, services) == services * each;
}

/* The weight of a destination; -1 when it is not there, -2 when its service is not. */
static inline int ipvs_weight(int s, uint32_t virtual, int port, uint32_t real, int real_port) {
  static char buffer[65536];
  struct ip_vs_get_dests *d = (void *)buffer;
  int n = ipvs_destinations(s, virtual, port);
  socklen_t size = (socklen_t)(sizeof *d + (size_t)(n > 0 ? n : 0) * sizeof(struct ip_vs_dest_entry));
  if (n < 0 || size > sizeof buffer) return -2;
  *d = (struct ip_vs_get_dests){.protocol = IPPROTO_TCP, .addr = htonl(virtual), .port = htons((uint16_t)port), .num_dests = (unsigned)n};
  if (getsockopt(s, IPPROTO_IP, IP_VS_SO_GET_DESTS, d, &size)) return -2;
  for (int i = 0; i < n; i++)
    if (d->entrytable[i].addr == htonl(real) && d->entrytable[i].port == htons((uint16_t)real_port)) return d->entrytable[i].weight;
  return -1;
}
#endif
