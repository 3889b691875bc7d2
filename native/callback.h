// A JavaScript function that native code calls later, and that stays alive until then.
#pragma once

#include <napi.h>

#include <initializer_list>

class Callback {
 public:
  Callback() = default;
  ~Callback() { Reset(); }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  void Set(Napi::Function function);
  void Reset();
  // Leaves what the function throws pending. Does nothing without a function, or when an argument is missing
  // because the environment is ending.
  void Call(std::initializer_list<napi_value> arguments);

 private:
  napi_env env_ = nullptr;
  napi_ref reference_ = nullptr;
};
