// JavaScript values in and out. A function that reads returns false after it threw a TypeError or RangeError
// that names the argument; of an empty value it only returns false, since
// the property's getter has thrown already.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

struct Bytes {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// Points into the Uint8Array's memory: valid until JavaScript runs again.
bool ReadBytes(Napi::Value value, const char* name, Bytes* bytes);
bool ReadInteger(Napi::Value value, const char* name, int64_t least, int64_t most, int64_t* number);
bool ReadInt(Napi::Value value, const char* name, int least, int most, int* number);
bool ReadFunction(Napi::Value value, const char* name, Napi::Function* function);
// A string without a NUL inside, as system calls want it.
bool ReadText(Napi::Value value, const char* name, std::string* text);

Napi::Uint8Array NewBytes(Napi::Env env, const void* data, size_t size);
