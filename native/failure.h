// Failed system calls as JavaScript errors.
#pragma once

#include <napi.h>

// An Error "syscall: NAME, description[: detail]" with the properties code, errno (positive) and syscall.
// Null when the environment is ending.
napi_value SystemError(napi_env env, int number, const char* syscall, const char* detail = nullptr);

// Throws it and returns undefined, so that a caller can write `return Throw(...)`.
Napi::Value Throw(Napi::Env env, int number, const char* syscall, const char* detail = nullptr);
