// Failed system calls as JavaScript errors.
#pragma once

#include <napi.h>

// An Error "syscall: NAME, description[: detail]" with the properties code, errno (positive) and syscall.
Napi::Error SystemError(Napi::Env env, int number, const char* syscall, const char* detail = nullptr);

// Throws it and returns undefined, so that a caller can write `return Throw(...)`.
Napi::Value Throw(Napi::Env env, int number, const char* syscall, const char* detail = nullptr);
