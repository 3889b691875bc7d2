// Socket: one descriptor of any family. JavaScript: openSocket(family, type, protocol).
#pragma once

#include <napi.h>

#include "callback.h"
#include "descriptor.h"
#include "message.h"
#include "reader.h"
#include "shared.h"

class Departure;
class SocketSource;

class Socket : public Napi::ObjectWrap<Socket> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Socket(const Napi::CallbackInfo& info);
  ~Socket() override;

 private:
  friend class SocketSource;
  Napi::Value SetOption(const Napi::CallbackInfo& info);
  Napi::Value GetOption(const Napi::CallbackInfo& info);
  Napi::Value AttachFilter(const Napi::CallbackInfo& info);
  Napi::Value Bind(const Napi::CallbackInfo& info);
  Napi::Value Connect(const Napi::CallbackInfo& info);
  Napi::Value LocalAddress(const Napi::CallbackInfo& info);
  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value SendAt(const Napi::CallbackInfo& info);
  Napi::Value TakeBack(const Napi::CallbackInfo& info);
  Napi::Value Receive(const Napi::CallbackInfo& info);
  Napi::Value StartReading(const Napi::CallbackInfo& info);
  Napi::Value StopReading(const Napi::CallbackInfo& info);
  Napi::Value Reference(const Napi::CallbackInfo& info);
  Napi::Value Unreference(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  static bool ReadReader(const Napi::CallbackInfo& info, Napi::Value value, Shared<SocketSource>* source);
  int BeginDeparture(const char** syscall);
  void EndDeparture();
  void EndReading(Napi::Env env);
  void UpdateHold(Napi::Env env);

  Shared<Reader> reader_;
  Shared<SocketSource> source_;  // only while reading
  Shared<Departure> departure_;  // once something was to be sent at a time
  Descriptor descriptor_;
  Descriptor departureTimer_;
  Manner manner_;
  bool referenced_ = true;
  bool holding_ = false;
  Callback onMessages_;
  Callback onError_;
};
