// JavaScript values in and out. A function that reads returns false after it threw a TypeError or RangeError
// that names the argument; of an empty value it only returns false, since
// the property's getter has thrown already.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

struct Bytes {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// Points into the Uint8Array's memory: valid until JavaScript runs again.
bool ReadBytes(Napi::Value value, const char* name, Bytes* bytes);
bool ReadInteger(Napi::Value value, const char* name, int64_t least, int64_t most, int64_t* number);
bool ReadInt(Napi::Value value, const char* name, int least, int most, int* number);
// Milliseconds of a clock; infinite is a time, too.
bool ReadTime(Napi::Value value, const char* name, double* milliseconds);
bool ReadFunction(Napi::Value value, const char* name, Napi::Function* function);
// A string without a NUL inside, as system calls want it.
bool ReadText(Napi::Value value, const char* name, std::string* text);

// New values are made with the plain C calls: while a worker is being terminated every one of them may fail, which
// node-addon-api's classes turn into the end of the whole process. Here a failure is a null value, and a null value
// in makes a null value out.
napi_value NewBytes(napi_env env, const void* data, size_t size);
napi_value NewNumber(napi_env env, double number);
napi_value NewText(napi_env env, const char* text);
napi_value NewObject(napi_env env, std::initializer_list<std::pair<const char*, napi_value>> properties);
