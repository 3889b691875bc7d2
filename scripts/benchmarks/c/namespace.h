/* Network namespaces by the names that `ip netns` gives them. */
#ifndef NAMESPACE_H
#define NAMESPACE_H
#include "figure.h"
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int home_namespace = -1;

/* Enters a namespace; "-" is the one that the program started in, or that `enter_fresh` made. */
static inline void enter(const char *name) {
  char path[256];
  int file;
  if (home_namespace < 0) home_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (!strcmp(name, "-")) {
    if (setns(home_namespace, CLONE_NEWNET)) die("home namespace");
    return;
  }
  snprintf(path, sizeof path, "/run/netns/%s", name);
  file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || setns(file, CLONE_NEWNET)) die("namespace %s", name);
  close(file);
}

static inline void set_link(const char *name, int up) {
  struct ifreq request = {0};
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  strcpy(request.ifr_name, name);
  if (ioctl(s, SIOCGIFFLAGS, &request)) die("link %s", name);
  if (up) request.ifr_flags |= IFF_UP;
  else request.ifr_flags &= (short)~IFF_UP;
  if (ioctl(s, SIOCSIFFLAGS, &request)) die("link %s", name);
  close(s);
}

/* A fresh namespace with lo up: IPVS keeps removed destinations for minutes per namespace and each new one walks past them; and it
 * refuses destinations (EINVAL) while lo is down. */
static inline void enter_fresh(void) {
  if (unshare(CLONE_NEWNET)) die("unshare");
  if (home_namespace >= 0) close(home_namespace);
  home_namespace = -1;
  enter("-");
  set_link("lo", 1);
}
#endif
