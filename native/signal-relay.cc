// Hands signals on to another process from within the signal handler: they arrive even while this process's JavaScript is busy.

#include "signal-relay.h"

#include "glibc-floor.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>

#include "failure.h"
#include "value.h"

// Since Linux 5.3 and 5.1, the same number on every architecture; older C libraries lack the names.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

namespace {

constexpr int mostSignals = 64;

// A process descriptor, because a number may be another process's by the time a signal comes. The handler reads both, on any thread.
std::atomic<int> target{-1};
std::atomic<int> handedOnAs{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may not wait for a lock");

// Who handled each signal before, and still does.
struct sigaction before[mostSignals + 1];

void HandOn(int signal, siginfo_t* info, void* context) {
  int error = errno;
  int process = target.load();
  if (process >= 0) syscall(SYS_pidfd_send_signal, process, handedOnAs.load(), nullptr, 0);
  errno = error;
  const struct sigaction& next = before[signal];
  if ((next.sa_flags & SA_SIGINFO) != 0) next.sa_sigaction(signal, info, context);
  else next.sa_handler(signal);
}

int Intercept(int signal) {
  struct sigaction now{};
  if (sigaction(signal, nullptr, &now) != 0) return errno;
  if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == HandOn) return 0;
  bool isHandled = (now.sa_flags & SA_SIGINFO) != 0 || (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN);
  if (!isHandled) return EINVAL;
  before[signal] = now;
  now.sa_sigaction = HandOn;
  now.sa_flags |= SA_SIGINFO;
  return sigaction(signal, &now, nullptr) == 0 ? 0 : errno;
}

void Aim(int process) {
  int last = target.exchange(process);
  // A handler that has just read it sends to nobody, or to a descriptor that is no process: both do nothing.
  if (last >= 0) close(last);
}

Napi::Value RelaySignal(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int signal = 0, pid = 0, as = 0;
  if (!ReadInt(info[0], "signal", 1, mostSignals, &signal) || !ReadInt(info[1], "pid", 1, INT_MAX, &pid) ||
      !ReadInt(info[2], "as", 1, mostSignals, &as)) {
    return env.Undefined();
  }
  int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return Throw(env, errno, "pidfd_open");
  int error = Intercept(signal);
  if (error != 0) {
    close(process);
    return Throw(env, error, "sigaction");
  }
  handedOnAs = as;
  Aim(process);
  return env.Undefined();
}

Napi::Value EndSignalRelay(const Napi::CallbackInfo& info) {
  Aim(-1);
  return info.Env().Undefined();
}

}  // namespace

void DefineSignalRelay(Napi::Env env, Napi::Object exports) {
  exports.Set("relaySignal", Napi::Function::New<RelaySignal>(env, "relaySignal"));
  exports.Set("endSignalRelay", Napi::Function::New<EndSignalRelay>(env, "endSignalRelay"));
}
