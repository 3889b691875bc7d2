// Departure: messages of one socket that the reader thread sends at a time, unless they are taken back before. JavaScript's thread can be
// busy, collecting or waiting for a processor meanwhile: they leave all the same.
#pragma once

#include <cstddef>

#include "descriptor.h"
#include "message.h"
#include "reader.h"
#include "shared.h"
#include "socket-source.h"

class Departure : public Source {
 public:
  // Both descriptors stay open for as long as it is registered.
  Departure(int timer, int socket) : Source(timer), socket_(socket) {}

  void Read(Reader& reader, uint32_t events) override;
  // JavaScript asks; it is not told.
  void Deliver(Reader&, Napi::Env) override {}

  // When they leave, and what keeps them: that it is later than `latest` by then, or that this socket, if there is one, has
  // something unread.
  struct Condition {
    double at = 0;
    double latest = 0;
    Shared<SocketSource> unlessUnread;
  };
  // Locked. Sends these instead of those before; not at all if the machine was suspended meanwhile. Returns 0 or an errno.
  int Set(KeptMessages messages, int flags, Condition condition);

  struct Left {
    double at = 0;
    size_t count = 0;
  };
  // Locked. None will leave any more; how many have, since they were set, and when.
  Left TakeBack();

 private:
  bool MayLeave(double now) const;

  const int socket_;
  KeptMessages messages_;
  int flags_ = 0;
  bool pending_ = false;
  double armedFor_ = -1;
  Condition condition_;
  double suspended_ = 0;
  Left left_;
};
