/* floor: how long the same table takes without a director: `ipvsadm -R`, and netlink messages alone, 256 a send with an acknowledgement of the last.
 *
 *   floor -x CASE -n SERVICES -m DESTINATIONS_EACH
 *
 * The two are done in fresh namespaces. Messages are made before the clock runs. */
#include "ipvs.h"
#include <linux/genetlink.h>
#include <linux/netlink.h>

#define A_SEND 256

static int services, each;

static unsigned char *at;

static void *put(unsigned type, const void *value, size_t size) {
  struct nlattr *a = (void *)at;
  *a = (struct nlattr){.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = (uint16_t)type};
  if (value) memcpy(at + NLA_HDRLEN, value, size);
  at += NLA_ALIGN(a->nla_len);
  return a;
}

static void put_u16(unsigned type, uint16_t value) { put(type, &value, sizeof value); }
static void put_u32(unsigned type, uint32_t value) { put(type, &value, sizeof value); }

static void put_address(unsigned type, uint32_t address) {
  uint32_t words[4] = {htonl(address)};
  put(type, words, sizeof words);
}

static struct nlattr *begin_nest(unsigned type) { return put(type | NLA_F_NESTED, 0, 0); }
static void end_nest(struct nlattr *a) { a->nla_len = (uint16_t)(at - (unsigned char *)a); }

static struct nlmsghdr *begin(int family, int command, int flags) {
  struct nlmsghdr *h = (void *)at;
  struct genlmsghdr *g = NLMSG_DATA(h);
  *h = (struct nlmsghdr){.nlmsg_type = (uint16_t)family, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)};
  *g = (struct genlmsghdr){.cmd = (uint8_t)command, .version = 1};
  at += NLMSG_HDRLEN + GENL_HDRLEN;
  return h;
}

static void end(struct nlmsghdr *h) { h->nlmsg_len = (uint32_t)(at - (unsigned char *)h); }

static int family_number(int s) {
  static unsigned char buffer[4096];
  struct nlmsghdr *h;
  at = buffer;
  h = begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
  put(CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof IPVS_GENL_NAME);
  end(h);
  if (send(s, buffer, h->nlmsg_len, 0) < 0 || recv(s, buffer, sizeof buffer, 0) < 0) die("generic netlink");
  for (unsigned char *p = buffer + NLMSG_HDRLEN + GENL_HDRLEN; p < buffer + h->nlmsg_len; p += NLA_ALIGN(((struct nlattr *)p)->nla_len))
    if (((struct nlattr *)p)->nla_type == CTRL_ATTR_FAMILY_ID) return *(uint16_t *)(p + NLA_HDRLEN);
  die("the family of ipvs");
  return -1;
}

static void service(int i, int whole) {
  struct nlattr *nest = begin_nest(IPVS_CMD_ATTR_SERVICE);
  struct ip_vs_flags flags = {0, ~0u};
  put_u16(IPVS_SVC_ATTR_AF, AF_INET);
  put_u16(IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
  put_address(IPVS_SVC_ATTR_ADDR, VIRTUAL(i));
  put_u16(IPVS_SVC_ATTR_PORT, htons(80));
  if (whole) {
    put(IPVS_SVC_ATTR_SCHED_NAME, "wlc", 4);
    put(IPVS_SVC_ATTR_FLAGS, &flags, sizeof flags);
    put_u32(IPVS_SVC_ATTR_TIMEOUT, 0);
    put_u32(IPVS_SVC_ATTR_NETMASK, ~0u);
  }
  end_nest(nest);
}

static void destination(int i, int j) {
  struct nlattr *nest = begin_nest(IPVS_CMD_ATTR_DEST);
  put_u16(IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
  put_address(IPVS_DEST_ATTR_ADDR, REAL(i, j));
  put_u16(IPVS_DEST_ATTR_PORT, htons(8080));
  put_u32(IPVS_DEST_ATTR_FWD_METHOD, IP_VS_CONN_F_MASQ);
  put_u32(IPVS_DEST_ATTR_WEIGHT, 1);
  put_u32(IPVS_DEST_ATTR_U_THRESH, 0);
  put_u32(IPVS_DEST_ATTR_L_THRESH, 0);
  end_nest(nest);
}

static double by_netlink(void) {
  int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), family, room = 8 << 20, total = services * (1 + each), made = 0;
  size_t *ends = calloc((size_t)total / A_SEND + 2, sizeof *ends), sends = 0;
  unsigned char *all = malloc((size_t)total * 256), answer[8192];
  struct nlmsghdr *h = 0;
  u64 start;
  setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  family = family_number(s);
  at = all;
  for (int i = 0; i < services; i++)
    for (int j = -1; j < each; j++) {
      int last = ++made % A_SEND == 0 || made == total;
      h = begin(family, j < 0 ? IPVS_CMD_NEW_SERVICE : IPVS_CMD_NEW_DEST, last ? NLM_F_ACK : 0);
      service(i, j < 0);
      if (j >= 0) destination(i, j);
      end(h);
      if (last) ends[sends++] = (size_t)(at - all);
    }
  start = now();
  for (size_t k = 0; k < sends; k++) {
    size_t from = k ? ends[k - 1] : 0;
    struct nlmsgerr *e = NLMSG_DATA((struct nlmsghdr *)answer);
    if (send(s, all + from, ends[k] - from, 0) < 0 || recv(s, answer, sizeof answer, 0) < 0) die("netlink");
    if (e->error) errno = -e->error, die("the kernel refuses");
  }
  return ms_between(start, now());
}

static double by_ipvsadm(void) {
  static const char file[] = "/run/bench/floor.rules";
  FILE *rules = fopen(file, "w");
  struct in_addr v, r;
  char virtual[32], real[32];
  u64 start;
  for (int i = 0; i < services; i++) {
    v.s_addr = htonl(VIRTUAL(i)), snprintf(virtual, sizeof virtual, "%s:80", inet_ntoa(v));
    fprintf(rules, "-A -t %s -s wlc\n", virtual);
    for (int j = 0; j < each; j++) {
      r.s_addr = htonl(REAL(i, j)), snprintf(real, sizeof real, "%s:8080", inet_ntoa(r));
      fprintf(rules, "-a -t %s -r %s -m -w 1\n", virtual, real);
    }
  }
  fclose(rules);
  start = now();
  if (system("ipvsadm -R </run/bench/floor.rules")) die("ipvsadm -R");
  return ms_between(start, now());
}

static void measure(const char *figure, double (*fill)(void)) {
  int s;
  double took;
  enter_fresh();
  if ((s = ipvs_open("-")) < 0) die("no IPVS in this kernel");
  took = fill();
  emit(figure, ipvs_complete(s, services, each) ? took : NEVER, "ms");
  close(s);
}

int main(int argc, char **argv) {
  for (int o; (o = getopt(argc, argv, "x:n:m:")) > 0;) switch (o) {
      case 'x': measured_case = optarg; break;
      case 'n': services = atoi(optarg); break;
      case 'm': each = atoi(optarg); break;
      default: return 2;
    }
  be_quick(SCHED_RR, 10);
  measure("ipvsadm -R of the same table", by_ipvsadm);
  measure("netlink alone, the same table", by_netlink);
  measure("accepted to last acknowledgement", by_netlink); /* beside what a director makes of it */
  return 0;
}
