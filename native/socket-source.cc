#include "socket-source.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "failure.h"
#include "socket.h"
#include "value.h"

namespace {

// How many messages the kernel has dropped at this socket since it was opened. Kernels before 4.12 do not say.
uint32_t DroppedByKernel(int fd) {
  uint32_t info[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof info;
  return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) == 0 ? info[SK_MEMINFO_DROPS] : 0;
}

}  // namespace

SocketSource::SocketSource(int fd, Socket* socket, Manner manner, size_t bufferSize, size_t batch, size_t queueLimit)
    : Source(fd),
      socket_(socket),
      manner_(manner),
      queueLimit_(queueLimit),
      buffer_(manner, batch, bufferSize),
      droppedBefore_(DroppedByKernel(fd)) {}

// A full queue, or an error that JavaScript has not heard of yet, stops the reading: the kernel's own receive
// buffer then holds, and at last drops and counts, what follows. Reading to throw away would let a flood keep the
// thread busy for ever, and under SCHED_FIFO that starves the very thread that would empty the queue.
void SocketSource::Read(Reader& reader, uint32_t events) {
  int received = buffer_.Receive(fd(), queueLimit_ - queue_.size(), &queue_);
  if (received == -EAGAIN && (events & EPOLLERR) != 0) DiscardErrorQueue();
  if (received == -EAGAIN || received == -EINTR) return;
  reader.Announce(this);
  if (received < 0) {
    Fail(reader, -received, (events & EPOLLHUP) != 0);
    return;
  }
  finished_ = manner_.ordered && queue_.back().dataSize == 0;
  if (finished_ || queue_.size() >= queueLimit_) reader.Pause(this);
}

// Copies of failed messages, which the socket keeps if an option asks for them, would keep it readable for ever.
void SocketSource::DiscardErrorQueue() {
  uint8_t nothing = 0;
  while (recv(fd(), &nothing, sizeof nothing, MSG_ERRQUEUE | MSG_DONTWAIT | MSG_TRUNC) >= 0) continue;
}

void SocketSource::Fail(Reader& reader, int error, bool hungUp) {
  error_ = error;
  finished_ = hungUp;  // it would fail again at once, for ever
  reader.Pause(this);
}

void SocketSource::Deliver(Reader& reader, Napi::Env env) {
  Found found = Take(reader);
  if (found.error != 0) {
    socket_->onError_.Call({SystemError(env, found.error, "recvmsg")});
  } else if (!found.messages.empty()) {
    socket_->onMessages_.Call({ToArray(env, found.messages), NewNumber(env, found.dropped)});
  }
  Locked locked(reader.mutex());
  delivering_ = false;
}

// What waits in the kernel counts, too: this thread may not have come to it yet.
bool SocketSource::HasUnread() const {
  if (!IsRegistered() || delivering_ || !queue_.empty() || error_ != 0) return true;
  uint8_t first = 0;
  return recv(fd(), &first, sizeof first, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

// What was received before an error is delivered before it.
SocketSource::Found SocketSource::Take(Reader& reader) {
  Locked locked(reader.mutex());
  Found found;
  if (!IsRegistered()) return found;
  delivering_ = true;
  if (queue_.empty()) {
    found.error = std::exchange(error_, 0);
  } else {
    found.messages.swap(queue_);
    found.dropped = TakeDropped();
  }
  if (error_ != 0) {
    reader.Announce(this);
  } else if (!finished_) {
    reader.Resume(this);
  }
  return found;
}

uint32_t SocketSource::TakeDropped() {
  uint32_t dropped = DroppedByKernel(fd());
  return dropped - std::exchange(droppedBefore_, dropped);
}
