// Starting a program as another user, without a shell, and hearing how it ended; becoming one.
#pragma once

#include <napi.h>

void DefineProgram(Napi::Env env, Napi::Object exports);
