// Connector: many streams that are being connected, waited for together. JavaScript: createConnector(onDone).
//
// Its descriptor is an epoll set of its own, which is one source of the reader: thousands of attempts cost the reader nothing,
// and what is done at the same time comes to JavaScript in one call.
#pragma once

#include <napi.h>

#include "callback.h"
#include "descriptor.h"
#include "reader.h"
#include "shared.h"

class ConnectorSource;

class Connector : public Napi::ObjectWrap<Connector> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Connector(const Napi::CallbackInfo& info);
  ~Connector() override;

 private:
  friend class ConnectorSource;
  Napi::Value Start(const Napi::CallbackInfo& info);
  Napi::Value Cancel(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  void Done(Napi::Env env, napi_value results);
  void UpdateHold(Napi::Env env);

  Shared<Reader> reader_;
  Shared<ConnectorSource> source_;
  Descriptor epoll_;
  Callback onDone_;
  bool holding_ = false;
};
