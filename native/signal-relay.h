#pragma once

#include <napi.h>

void DefineSignalRelay(Napi::Env env, Napi::Object exports);
