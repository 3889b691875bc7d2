// Entry of the add-on: gives each environment its reader, and JavaScript its classes and its functions.

#include <napi.h>

#include "connector.h"
#include "process.h"
#include "program.h"
#include "reader.h"
#include "signal-relay.h"
#include "socket.h"
#include "timer.h"

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  new Reader(env);  // owned by the environment from here on
  exports.Set("Socket", Socket::Define(env));
  exports.Set("Connector", Connector::Define(env));
  exports.Set("Timer", Timer::Define(env));
  DefineProcess(env, exports);
  DefineProgram(env, exports);
  DefineSignalRelay(env, exports);
  return exports;
}

NODE_API_MODULE(vipward, Initialize)
