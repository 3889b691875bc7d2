/* What a director sends (advertisements and ARP, with the kernel's time stamps) and which addresses it has. */
#ifndef WIRE_H
#define WIRE_H
#include "namespace.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>

#define VIRTUAL_ADDRESS 0x0A090064u /* 10.9.0.100 */

struct sent {
  u64 at;
  int is_arp, priority, virtual_router; /* the latter two of an advertisement */
  int link;
  uint32_t arp_sender;
};

/* A socket that gets what leaves `device` of a namespace, or all of its devices (0): VRRP (IP protocol 112) and ARP. */
static inline int wire_open(const char *netns, const char *device) {
  struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 5),
                               BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 2, 0),
                               BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 112, 0, 1),
                               BPF_STMT(BPF_RET | BPF_K, 0xffff),
                               BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  struct sockaddr_ll local = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  int s, on = 1, room = 4 << 20;
  enter(netns);
  s = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (device) local.sll_ifindex = (int)if_nametoindex(device);
  if (setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program)) die("packet filter");
  setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if ((device && !local.sll_ifindex) || bind(s, (void *)&local, sizeof local)) die("packet socket on %s of %s", device ? device : "all devices", netns);
  enter("-");
  return s;
}

static inline u64 stamp_of(struct msghdr *m) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
    struct timespec t;
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS) continue;
    memcpy(&t, CMSG_DATA(c), sizeof t);
    return (u64)t.tv_sec * SECOND + (u64)t.tv_nsec;
  }
  return now();
}

/* The next packet that was sent; 0 when none waits. */
static inline int wire_next(int s, struct sent *p) {
  unsigned char b[2048], control[256];
  struct sockaddr_ll from;
  struct iovec io = {b, sizeof b};
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(s, &m, 0);
  if (n < 0) return 0;
  *p = (struct sent){.at = stamp_of(&m), .is_arp = ntohs(from.sll_protocol) == ETH_P_ARP, .priority = -1, .link = from.sll_ifindex};
  if (p->is_arp && n >= 18) {
    memcpy(&p->arp_sender, b + 14, 4);
    p->arp_sender = ntohl(p->arp_sender);
  } else if (!p->is_arp && n >= (b[0] & 15) * 4 + 4) {
    p->virtual_router = b[(b[0] & 15) * 4 + 1];
    p->priority = b[(b[0] & 15) * 4 + 2];
  }
  return 1;
}

static inline void wire_drain(int s) {
  struct sent p;
  while (wire_next(s, &p)) continue;
}

/* A socket that is told of every IPv4 address that a namespace gets or loses. */
static inline int addresses_open(const char *netns) {
  struct sockaddr_nl local = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR};
  int s;
  enter(netns);
  s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (bind(s, (void *)&local, sizeof local)) die("rtnetlink");
  enter("-");
  return s;
}

/* What has happened to the virtual address since the last call: 1 it came, -1 it went, 0 nothing. The last event counts. */
static inline int address_change(int s) {
  static char b[16384];
  int change = 0;
  for (ssize_t n; (n = recv(s, b, sizeof b, 0)) > 0;)
    for (struct nlmsghdr *h = (void *)b; NLMSG_OK(h, (unsigned)n); h = NLMSG_NEXT(h, n)) {
      struct ifaddrmsg *m = NLMSG_DATA(h);
      int left = (int)IFA_PAYLOAD(h);
      for (struct rtattr *a = IFA_RTA(m); RTA_OK(a, left); a = RTA_NEXT(a, left))
        if (a->rta_type == IFA_LOCAL && *(uint32_t *)RTA_DATA(a) == htonl(VIRTUAL_ADDRESS)) change = h->nlmsg_type == RTM_NEWADDR ? 1 : -1;
    }
  return change;
}
#endif
