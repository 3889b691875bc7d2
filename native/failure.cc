#include "failure.h"

#include <ctype.h>
#include <string.h>

#include <string>

#include "errno-code.h"

namespace {

std::string Description(int number) {
  char buffer[128];
  std::string text = strerror_r(number, buffer, sizeof buffer);
  // "No buffer space available" continues a sentence here; "RFS specific error" keeps its capitals.
  if (text.size() > 1 && islower(text[1])) text[0] = static_cast<char>(tolower(text[0]));
  return text;
}

}  // namespace

Napi::Error SystemError(Napi::Env env, int number, const char* syscall, const char* detail) {
  const char* code = ErrnoCode(number);
  std::string message = std::string(syscall) + ": " + code + ", " + Description(number);
  if (detail != nullptr) message += std::string(": ") + detail;
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.Set("errno", Napi::Number::New(env, number));
  error.Set("syscall", Napi::String::New(env, syscall));
  return error;
}

Napi::Value Throw(Napi::Env env, int number, const char* syscall, const char* detail) {
  SystemError(env, number, syscall, detail).ThrowAsJavaScriptException();
  return env.Undefined();
}
