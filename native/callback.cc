#include "callback.h"

void Callback::Set(Napi::Function function) {
  Reset();
  env_ = function.Env();
  if (napi_create_reference(env_, function, 1, &reference_) != napi_ok) reference_ = nullptr;
}

void Callback::Reset() {
  if (reference_ != nullptr) napi_delete_reference(env_, reference_);
  reference_ = nullptr;
}

void Callback::Call(std::initializer_list<napi_value> arguments) {
  napi_value function = nullptr, receiver = nullptr;
  if (reference_ == nullptr) return;
  if (napi_get_reference_value(env_, reference_, &function) != napi_ok || function == nullptr) return;
  if (napi_get_undefined(env_, &receiver) != napi_ok) return;
  for (napi_value argument : arguments) {
    if (argument == nullptr) return;
  }
  napi_call_function(env_, receiver, function, arguments.size(), arguments.begin(), nullptr);
}
