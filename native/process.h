// System calls that change or describe the calling process or thread.
#pragma once

#include <napi.h>

void DefineProcess(Napi::Env env, Napi::Object exports);
