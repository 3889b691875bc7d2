#include "failure.h"

#include <ctype.h>
#include <string.h>

#include <string>

#include "errno-code.h"
#include "value.h"

namespace {

std::string Description(int number) {
  char buffer[128];
  std::string text = strerror_r(number, buffer, sizeof buffer);
  // "No buffer space available" continues a sentence here; "RFS specific error" keeps its capitals.
  if (text.size() > 1 && islower(text[1])) text[0] = static_cast<char>(tolower(text[0]));
  return text;
}

void SetProperty(napi_env env, napi_value object, const char* name, napi_value value) {
  if (value != nullptr) napi_set_named_property(env, object, name, value);
}

}  // namespace

napi_value SystemError(napi_env env, int number, const char* syscall, const char* detail) {
  const char* code = ErrnoCode(number);
  std::string message = std::string(syscall) + ": " + code + ", " + Description(number);
  if (detail != nullptr) message += std::string(": ") + detail;

  napi_value text = NewText(env, message.c_str()), error = nullptr;
  if (text == nullptr || napi_create_error(env, nullptr, text, &error) != napi_ok) return nullptr;
  SetProperty(env, error, "code", NewText(env, code));
  SetProperty(env, error, "errno", NewNumber(env, number));
  SetProperty(env, error, "syscall", NewText(env, syscall));
  return error;
}

Napi::Value Throw(Napi::Env env, int number, const char* syscall, const char* detail) {
  napi_value error = SystemError(env, number, syscall, detail);
  if (error != nullptr) napi_throw(env, error);
  return env.Undefined();
}
