// Timer: one deadline on CLOCK_MONOTONIC. JavaScript: createTimer(onDeadline).
#pragma once

#include <napi.h>

#include "callback.h"
#include "descriptor.h"
#include "reader.h"
#include "shared.h"

class TimerSource;

class Timer : public Napi::ObjectWrap<Timer> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Timer(const Napi::CallbackInfo& info);
  ~Timer() override;

  // The deadline has passed; JavaScript thread.
  void Fire(Napi::Env env);

 private:
  Napi::Value Arm(const Napi::CallbackInfo& info);
  Napi::Value Disarm(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value Reference(const Napi::CallbackInfo& info);
  Napi::Value Unreference(const Napi::CallbackInfo& info);

  int Set(double milliseconds);
  void SetArmed(Napi::Env env, bool armed);
  void UpdateHold(Napi::Env env);

  Shared<Reader> reader_;
  Shared<TimerSource> source_;
  Descriptor descriptor_;
  Callback onDeadline_;
  bool armed_ = false;
  bool referenced_ = true;
  bool holding_ = false;
};
