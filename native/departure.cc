#include "departure.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <utility>

#include "clock.h"

namespace {

// How long the machine has been suspended since it was booted; the clocks are read one after the other.
double SuspendedMilliseconds() { return Milliseconds(CLOCK_BOOTTIME) - Milliseconds(CLOCK_MONOTONIC); }
constexpr double readingTime = 1;

constexpr double never = -1;

}  // namespace

int Departure::Set(KeptMessages messages, int flags, Condition condition) {
  messages_ = std::move(messages);
  flags_ = flags;
  condition_ = std::move(condition);
  suspended_ = SuspendedMilliseconds();
  left_ = {};
  pending_ = true;
  // Taking back leaves the timer as it is: most of the time the same is set again, for the same time.
  if (condition_.at == armedFor_) return 0;
  armedFor_ = condition_.at;
  itimerspec time{};
  time.it_value = DeadlineOf(condition_.at);
  return timerfd_settime(fd(), TFD_TIMER_ABSTIME, &time, nullptr) == 0 ? 0 : errno;
}

Departure::Left Departure::TakeBack() {
  pending_ = false;
  return std::exchange(left_, {});
}

void Departure::Read(Reader&, uint32_t) {
  uint64_t expirations = 0;
  // Nothing to read means that the timer was set anew in the meantime.
  if (read(fd(), &expirations, sizeof expirations) != sizeof expirations) return;
  armedFor_ = never;
  if (!pending_) return;
  pending_ = false;
  double now = Milliseconds(CLOCK_MONOTONIC);
  if (MayLeave(now)) left_ = {now, messages_.Send(socket_, flags_)};
}

bool Departure::MayLeave(double now) const {
  const Shared<SocketSource>& heard = condition_.unlessUnread;
  return now <= condition_.latest && SuspendedMilliseconds() - suspended_ < readingTime && (!heard || !heard->HasUnread());
}
