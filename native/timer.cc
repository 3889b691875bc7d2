#include "timer.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"
#include "value.h"

class TimerSource : public Source {
 public:
  TimerSource(int fd, Timer* timer) : Source(fd), timer_(timer) {}

  void Read(Reader& reader, uint32_t) override {
    uint64_t expirations = 0;
    // Nothing to read means that the timer was set anew in the meantime.
    if (read(fd(), &expirations, sizeof expirations) != sizeof expirations) return;
    expired_ = true;
    reader.Announce(this);
  }

  void Deliver(Reader& reader, Napi::Env env) override {
    {
      Locked locked(reader.mutex());
      if (!expired_ || !IsRegistered()) return;
      expired_ = false;
    }
    timer_->Fire(env);
  }

  // Locked.
  void Forget() { expired_ = false; }

 private:
  Timer* const timer_;  // outlives the registration
  bool expired_ = false;
};

Napi::Function Timer::Define(Napi::Env env) {
  return DefineClass(env, "NativeTimer",
                     {
                         InstanceMethod<&Timer::Arm>("arm"),
                         InstanceMethod<&Timer::Disarm>("disarm"),
                         InstanceMethod<&Timer::Close>("close"),
                         InstanceMethod<&Timer::Reference>("ref"),
                         InstanceMethod<&Timer::Unreference>("unref"),
                     });
}

Timer::Timer(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Timer>(info), reader_(&Reader::Of(info.Env())) {
  Napi::Function onDeadline;
  if (!ReadFunction(info[0], "onDeadline", &onDeadline)) return;
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) {
    Throw(info.Env(), errno, "timerfd_create");
    return;
  }
  descriptor_.Own(fd);
  Shared<TimerSource> source(new TimerSource(fd, this));
  const char* syscall = nullptr;
  int error = reader_->Add(source.get(), &syscall);
  if (error != 0) {
    Throw(info.Env(), error, syscall);
    return;
  }
  source_ = source;
  onDeadline_.Set(onDeadline);
}

Timer::~Timer() {
  if (source_) reader_->Remove(source_.get());
}

void Timer::Fire(Napi::Env env) {
  SetArmed(env, false);
  onDeadline_.Call({});
}

Napi::Value Timer::Arm(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  double milliseconds = 0;
  if (!ReadTime(info[0], "monotonicMs", &milliseconds)) return env.Undefined();
  int error = Set(milliseconds);
  if (error != 0) return Throw(env, error, "timerfd_settime");
  SetArmed(env, true);
  return env.Undefined();
}

int Timer::Set(double milliseconds) {
  itimerspec time{};
  time.it_value = DeadlineOf(milliseconds);
  Locked locked(reader_->mutex());
  if (!descriptor_.IsOpen()) return EBADF;
  source_->Forget();
  return timerfd_settime(descriptor_.Number(), TFD_TIMER_ABSTIME, &time, nullptr) == 0 ? 0 : errno;
}

Napi::Value Timer::Disarm(const Napi::CallbackInfo& info) {
  if (descriptor_.IsOpen()) {
    const itimerspec never{};
    Locked locked(reader_->mutex());
    source_->Forget();
    timerfd_settime(descriptor_.Number(), 0, &never, nullptr);
  }
  SetArmed(info.Env(), false);
  return info.Env().Undefined();
}

Napi::Value Timer::Close(const Napi::CallbackInfo& info) {
  if (source_) reader_->Remove(source_.get());
  descriptor_.Close();
  onDeadline_.Reset();
  SetArmed(info.Env(), false);
  return info.Env().Undefined();
}

Napi::Value Timer::Reference(const Napi::CallbackInfo& info) {
  referenced_ = true;
  UpdateHold(info.Env());
  return info.Env().Undefined();
}

Napi::Value Timer::Unreference(const Napi::CallbackInfo& info) {
  referenced_ = false;
  UpdateHold(info.Env());
  return info.Env().Undefined();
}

// An armed timer must not be collected even if JavaScript has dropped it.
void Timer::SetArmed(Napi::Env env, bool armed) {
  if (armed && !armed_) Ref();
  if (!armed && armed_) Unref();
  armed_ = armed;
  UpdateHold(env);
}

void Timer::UpdateHold(Napi::Env env) {
  bool hold = armed_ && referenced_;
  if (hold && !holding_) reader_->Hold(env);
  if (!hold && holding_) reader_->LetGo(env);
  holding_ = hold;
}
