#include "value.h"

#include <math.h>
#include <string.h>

#include <string>

namespace {

bool Refuse(Napi::Env env, const char* name, const char* expected) {
  Napi::TypeError::New(env, std::string(name) + " must be " + expected).ThrowAsJavaScriptException();
  return false;
}

}  // namespace

bool ReadBytes(Napi::Value value, const char* name, Bytes* bytes) {
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  if (value.IsEmpty()) return false;
  if (!value.IsTypedArray()) return Refuse(value.Env(), name, "a Uint8Array");
  // The ArrayBuffer is deliberately not asked for: asking makes the engine move a small array's bytes.
  napi_status status = napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || type != napi_uint8_array) return Refuse(value.Env(), name, "a Uint8Array");
  bytes->data = static_cast<const uint8_t*>(data);
  bytes->size = length;
  return true;
}

bool ReadInteger(Napi::Value value, const char* name, int64_t least, int64_t most, int64_t* number) {
  if (value.IsEmpty()) return false;
  if (!value.IsNumber()) return Refuse(value.Env(), name, "a number");
  double given = value.As<Napi::Number>().DoubleValue();
  bool inRange = given >= static_cast<double>(least) && given <= static_cast<double>(most);
  if (!inRange || given != static_cast<double>(static_cast<int64_t>(given))) {
    std::string message = std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
                          std::to_string(most);
    Napi::RangeError::New(value.Env(), message).ThrowAsJavaScriptException();
    return false;
  }
  *number = static_cast<int64_t>(given);
  return true;
}

bool ReadInt(Napi::Value value, const char* name, int least, int most, int* number) {
  int64_t wide = 0;
  if (!ReadInteger(value, name, least, most, &wide)) return false;
  *number = static_cast<int>(wide);
  return true;
}

bool ReadTime(Napi::Value value, const char* name, double* milliseconds) {
  if (value.IsEmpty()) return false;
  if (!value.IsNumber()) return Refuse(value.Env(), name, "a number");
  *milliseconds = value.As<Napi::Number>().DoubleValue();
  return !isnan(*milliseconds) || Refuse(value.Env(), name, "a number");
}

bool ReadFunction(Napi::Value value, const char* name, Napi::Function* function) {
  if (value.IsEmpty()) return false;
  if (!value.IsFunction()) return Refuse(value.Env(), name, "a function");
  *function = value.As<Napi::Function>();
  return true;
}

bool ReadText(Napi::Value value, const char* name, std::string* text) {
  if (value.IsEmpty()) return false;
  if (!value.IsString()) return Refuse(value.Env(), name, "a string");
  *text = value.As<Napi::String>().Utf8Value();
  if (text->find('\0') != std::string::npos) return Refuse(value.Env(), name, "a string without NUL");
  return true;
}

napi_value NewBytes(napi_env env, const void* data, size_t size) {
  void* memory = nullptr;
  napi_value buffer = nullptr, view = nullptr;
  if (napi_create_arraybuffer(env, size, &memory, &buffer) != napi_ok) return nullptr;
  if (size > 0) memcpy(memory, data, size);
  return napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &view) == napi_ok ? view : nullptr;
}

napi_value NewNumber(napi_env env, double number) {
  napi_value value = nullptr;
  return napi_create_double(env, number, &value) == napi_ok ? value : nullptr;
}

napi_value NewText(napi_env env, const char* text) {
  napi_value value = nullptr;
  return napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok ? value : nullptr;
}

napi_value NewObject(napi_env env, std::initializer_list<std::pair<const char*, napi_value>> properties) {
  napi_value object = nullptr;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  for (const auto& [name, value] : properties) {
    if (value == nullptr || napi_set_named_property(env, object, name, value) != napi_ok) return nullptr;
  }
  return object;
}
