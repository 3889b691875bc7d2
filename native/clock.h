// The kernel's clocks, in milliseconds with their fraction as JavaScript has them.
#pragma once

#include <time.h>

#include <cstdint>

inline double Milliseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// A time of CLOCK_MONOTONIC as timerfd_settime(2) takes it, rounded up, so that a clock read at the deadline is not below it. A time of zero would disarm.
inline timespec DeadlineOf(double milliseconds) {
  constexpr double mostMilliseconds = 4e12;
  constexpr int64_t second = 1000000000;
  if (milliseconds <= 0) return {0, 1};
  if (milliseconds >= mostMilliseconds) milliseconds = mostMilliseconds;
  // Whole milliseconds apart from their fraction: together they do not fit a double's 53 bits.
  int64_t whole = static_cast<int64_t>(milliseconds);
  int64_t fraction = static_cast<int64_t>((milliseconds - static_cast<double>(whole)) * 1e6) + 1;
  int64_t nanoseconds = whole % 1000 * 1000000 + fraction;
  return {static_cast<time_t>(whole / 1000 + nanoseconds / second), static_cast<long>(nanoseconds % second)};
}
