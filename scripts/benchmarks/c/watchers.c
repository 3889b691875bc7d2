// Many clients that watch: each has a connection of its own to the director's socket, asks once, and reads what it is told. They only count
// messages: what 1,000 clients would compute themselves is not the director's.
//
//   watchers SOCKET COUNT SECONDS REQUEST-IN-HEX
//
// Prints "watching" when the first message has come to all, and, after as many seconds, "counted TOTAL LEAST": the messages that came to all
// together since then, and to the one that got least. HTTP/2: RFC 9113; header compression: RFC 7541; gRPC's five bytes before each message.

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { DATA = 0, HEADERS = 1, SETTINGS = 4, PING = 6, WINDOW_UPDATE = 8 };
enum { ACK = 1, END_STREAM = 1, END_HEADERS = 4 };

struct watcher {
  int socket;
  unsigned char header[9];
  unsigned have;     // bytes of the frame header
  uint32_t left;     // bytes of the frame's payload
  unsigned char prefix[5];
  unsigned prefixed; // bytes of the message's prefix
  uint32_t message;  // bytes of the message
  unsigned char ping[8];
  unsigned pinged;
  long messages, counted_from;
};

static void fail(const char *what) {
  fprintf(stderr, "watchers: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void send_all(int socket, const void *bytes, size_t length) {
  if (send(socket, bytes, length, MSG_NOSIGNAL) != (ssize_t)length) fail("send");
}

static size_t frame(unsigned char *at, uint32_t length, int type, int flags, uint32_t stream) {
  unsigned char header[9] = {length >> 16, length >> 8, length, type, flags, stream >> 24, stream >> 16, stream >> 8, stream};
  memcpy(at, header, 9);
  return 9;
}

static size_t text(unsigned char *at, const char *value) {
  at[0] = strlen(value);
  memcpy(at + 1, value, at[0]);
  return at[0] + 1;
}

// The preface, windows so large that they are never used up, and the call.
static size_t opening(unsigned char *at, const unsigned char *request, size_t request_length) {
  unsigned char *start = at, headers[256];
  memcpy(at, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24), at += 24;
  at += frame(at, 6, SETTINGS, 0, 0);
  memcpy(at, "\x00\x04\x7f\xff\xff\xff", 6), at += 6;
  at += frame(at, 4, WINDOW_UPDATE, 0, 0);
  memcpy(at, "\x7f\xfe\x00\x00", 4), at += 4;
  size_t n = 0;
  headers[n++] = 0x83; // :method POST
  headers[n++] = 0x86; // :scheme http
  headers[n++] = 0x04, n += text(headers + n, "/vipward.v1.StateService/WatchState");
  headers[n++] = 0x01, n += text(headers + n, "localhost");
  headers[n++] = 0x0f, headers[n++] = 0x10, n += text(headers + n, "application/grpc");
  headers[n++] = 0x00, n += text(headers + n, "te"), n += text(headers + n, "trailers");
  at += frame(at, n, HEADERS, END_HEADERS, 1);
  memcpy(at, headers, n), at += n;
  at += frame(at, 5 + request_length, DATA, END_STREAM, 1);
  unsigned char prefix[5] = {0, request_length >> 24, request_length >> 16, request_length >> 8, request_length};
  memcpy(at, prefix, 5), at += 5;
  memcpy(at, request, request_length);
  return at + request_length - start;
}

static void data(struct watcher *w, const unsigned char *at, size_t length) {
  while (length > 0) {
    if (w->prefixed < 5) {
      w->prefix[w->prefixed++] = *at++, length--;
      if (w->prefixed < 5) continue;
      w->message = (uint32_t)w->prefix[1] << 24 | w->prefix[2] << 16 | w->prefix[3] << 8 | w->prefix[4];
    }
    size_t part = length < w->message ? length : w->message;
    at += part, length -= part, w->message -= part;
    if (w->message == 0) w->messages++, w->prefixed = 0;
  }
}

static void frame_ended(struct watcher *w) {
  unsigned char answer[17];
  if (w->header[3] == SETTINGS && !(w->header[4] & ACK)) send_all(w->socket, answer, frame(answer, 0, SETTINGS, ACK, 0));
  if (w->header[3] == PING && !(w->header[4] & ACK)) {
    frame(answer, 8, PING, ACK, 0);
    memcpy(answer + 9, w->ping, 8);
    send_all(w->socket, answer, 17);
  }
  w->have = w->pinged = 0;
}

static void heard(struct watcher *w, const unsigned char *at, size_t length) {
  while (length > 0) {
    if (w->have < 9) {
      w->header[w->have++] = *at++, length--;
      if (w->have < 9) continue;
      w->left = w->header[0] << 16 | w->header[1] << 8 | w->header[2];
    }
    size_t part = length < w->left ? length : w->left;
    if (w->header[3] == DATA) data(w, at, part);
    if (w->header[3] == PING)
      for (size_t i = 0; i < part && w->pinged < 8; i++) w->ping[w->pinged++] = at[i];
    at += part, length -= part, w->left -= part;
    if (w->left == 0) frame_ended(w);
  }
}

int main(int argc, char **argv) {
  if (argc != 5) return fprintf(stderr, "watchers SOCKET COUNT SECONDS REQUEST-IN-HEX\n"), 2;
  int count = atoi(argv[2]), epoll = epoll_create1(0);
  struct watcher *watchers = calloc(count, sizeof *watchers);
  unsigned char request[1024], bytes[65536];
  size_t request_length = strlen(argv[4]) / 2;
  for (size_t i = 0; i < request_length; i++) sscanf(argv[4] + 2 * i, "%2hhx", request + i);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
  unsigned char ask[2048];
  size_t ask_length = opening(ask, request, request_length);
  for (int i = 0; i < count; i++) {
    struct watcher *w = watchers + i;
    w->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    while (connect(w->socket, (struct sockaddr *)&address, sizeof address) < 0) // the listener's queue is full
      if (errno == EAGAIN) usleep(1000);
      else fail("connect");
    send_all(w->socket, ask, ask_length);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = w};
    epoll_ctl(epoll, EPOLL_CTL_ADD, w->socket, &event);
  }
  int greeted = 0;
  double end = 0;
  while (end == 0 || now() < end) {
    struct epoll_event events[64];
    int ready = epoll_wait(epoll, events, 64, 100);
    for (int i = 0; i < ready; i++) {
      struct watcher *w = events[i].data.ptr;
      ssize_t length = read(w->socket, bytes, sizeof bytes);
      if (length == 0) return fprintf(stderr, "watchers: the director has ended a connection\n"), 1;
      if (length < 0) continue;
      long before = w->messages;
      heard(w, bytes, length);
      if (before == 0 && w->messages > 0) greeted++;
    }
    if (end == 0 && greeted == count) {
      end = now() + atof(argv[3]);
      for (int i = 0; i < count; i++) watchers[i].counted_from = watchers[i].messages;
      printf("watching\n"), fflush(stdout);
    }
  }
  long total = 0, least = -1;
  for (int i = 0; i < count; i++) {
    long messages = watchers[i].messages - watchers[i].counted_from;
    total += messages;
    if (least < 0 || messages < least) least = messages;
  }
  printf("counted %ld %ld\n", total, least);
}
