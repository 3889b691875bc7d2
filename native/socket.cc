#include "socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <climits>
#include <utility>
#include <vector>

#include "clock.h"
#include "departure.h"
#include "failure.h"
#include "socket-source.h"
#include "value.h"

namespace {

// Bounds that keep count times size far from overflow; what is sensible below them is for the caller to say.
constexpr int mostMessages = 1024;
constexpr int mostBytes = 1 << 20;

// Waits until the socket is readable or the time is over; returns 0 or an errno.
int WaitReadable(int fd, int timeoutMs) {
  double deadline = Milliseconds(CLOCK_MONOTONIC) + timeoutMs;
  pollfd waiting{fd, POLLIN, 0};
  int rest = timeoutMs;
  while (rest > 0 && poll(&waiting, 1, rest) < 0) {
    if (errno != EINTR) return errno;
    rest = static_cast<int>(deadline - Milliseconds(CLOCK_MONOTONIC));
  }
  return 0;
}

const sockaddr* AddressOf(const Bytes& bytes) { return reinterpret_cast<const sockaddr*>(bytes.data); }

}  // namespace

Napi::Function Socket::Define(Napi::Env env) {
  return DefineClass(env, "NativeSocket",
                     {
                         InstanceMethod<&Socket::SetOption>("setOption"),
                         InstanceMethod<&Socket::GetOption>("getOption"),
                         InstanceMethod<&Socket::AttachFilter>("attachFilter"),
                         InstanceMethod<&Socket::Bind>("bind"),
                         InstanceMethod<&Socket::Connect>("connect"),
                         InstanceMethod<&Socket::LocalAddress>("localAddress"),
                         InstanceMethod<&Socket::Send>("send"),
                         InstanceMethod<&Socket::SendAt>("sendAt"),
                         InstanceMethod<&Socket::TakeBack>("takeBack"),
                         InstanceMethod<&Socket::Receive>("receive"),
                         InstanceMethod<&Socket::StartReading>("startReading"),
                         InstanceMethod<&Socket::StopReading>("stopReading"),
                         InstanceMethod<&Socket::Reference>("ref"),
                         InstanceMethod<&Socket::Unreference>("unref"),
                         InstanceMethod<&Socket::Close>("close"),
                     });
}

Socket::Socket(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Socket>(info), reader_(&Reader::Of(info.Env())) {
  int family = 0, type = 0, protocol = 0;
  if (!ReadInt(info[0], "family", 0, INT_MAX, &family)) return;
  if (!ReadInt(info[1], "type", 0, INT_MAX, &type)) return;
  if (!ReadInt(info[2], "protocol", 0, INT_MAX, &protocol)) return;
  int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (fd < 0) {
    Throw(info.Env(), errno, "socket");
    return;
  }
  descriptor_.Own(fd);
  manner_ = MannerOf(family, type);
}

Socket::~Socket() {
  EndDeparture();
  if (source_) reader_->Remove(source_.get());
}

Napi::Value Socket::SetOption(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int level = 0, name = 0;
  if (!ReadInt(info[0], "level", 0, INT_MAX, &level) || !ReadInt(info[1], "name", 0, INT_MAX, &name)) {
    return env.Undefined();
  }
  Bytes bytes;
  int64_t number = 0;
  uint32_t word = 0;
  if (info[2].IsNumber()) {
    // An int of C: marks are unsigned, most others are signed.
    if (!ReadInteger(info[2], "value", INT_MIN, UINT_MAX, &number)) return env.Undefined();
    word = static_cast<uint32_t>(number);
    bytes = {reinterpret_cast<const uint8_t*>(&word), sizeof word};
  } else if (!ReadBytes(info[2], "value", &bytes)) {
    return env.Undefined();
  }
  int result = setsockopt(descriptor_.Number(), level, name, bytes.data, static_cast<socklen_t>(bytes.size));
  return result == 0 ? env.Undefined() : Throw(env, errno, "setsockopt");
}

Napi::Value Socket::GetOption(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int level = 0, name = 0, length = 0;
  if (!ReadInt(info[0], "level", 0, INT_MAX, &level) || !ReadInt(info[1], "name", 0, INT_MAX, &name) ||
      !ReadInt(info[2], "length", 0, mostBytes, &length)) {
    return env.Undefined();
  }
  std::vector<uint8_t> value(static_cast<size_t>(length));
  socklen_t size = static_cast<socklen_t>(length);
  if (getsockopt(descriptor_.Number(), level, name, value.data(), &size) != 0) return Throw(env, errno, "getsockopt");
  return Napi::Value(env, NewBytes(env, value.data(), size < value.size() ? size : value.size()));
}

// setsockopt(2) cannot be given this one as bytes: the kernel wants a pointer to them.
Napi::Value Socket::AttachFilter(const Napi::CallbackInfo& info) {
  Bytes program;
  if (!ReadBytes(info[0], "program", &program)) return info.Env().Undefined();
  if (program.size % sizeof(sock_filter) != 0 || program.size / sizeof(sock_filter) > USHRT_MAX) {
    Napi::RangeError::New(info.Env(), "program must be whole instructions, 65535 at most").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  // The kernel copies the instructions; it takes them without const for no reason of ours.
  std::vector<sock_filter> instructions(program.size / sizeof(sock_filter));
  if (program.size > 0) memcpy(instructions.data(), program.data, program.size);
  sock_fprog filter{static_cast<unsigned short>(instructions.size()), instructions.data()};
  int result = setsockopt(descriptor_.Number(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
  return result == 0 ? info.Env().Undefined() : Throw(info.Env(), errno, "setsockopt");
}

Napi::Value Socket::Bind(const Napi::CallbackInfo& info) {
  Bytes address;
  if (!ReadBytes(info[0], "address", &address)) return info.Env().Undefined();
  int result = bind(descriptor_.Number(), AddressOf(address), static_cast<socklen_t>(address.size));
  return result == 0 ? info.Env().Undefined() : Throw(info.Env(), errno, "bind");
}

Napi::Value Socket::Connect(const Napi::CallbackInfo& info) {
  Bytes address;
  if (!ReadBytes(info[0], "address", &address)) return info.Env().Undefined();
  int result = connect(descriptor_.Number(), AddressOf(address), static_cast<socklen_t>(address.size));
  return result == 0 ? info.Env().Undefined() : Throw(info.Env(), errno, "connect");
}

Napi::Value Socket::LocalAddress(const Napi::CallbackInfo& info) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  int result = getsockname(descriptor_.Number(), reinterpret_cast<sockaddr*>(&address), &size);
  if (result != 0) return Throw(info.Env(), errno, "getsockname");
  return Napi::Value(info.Env(), NewBytes(info.Env(), &address, size < sizeof address ? size : sizeof address));
}

Napi::Value Socket::Send(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int flags = 0;
  if (!info[0].IsArray()) {
    Napi::TypeError::New(env, "messages must be an array").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (!ReadInt(info[1], "flags", 0, INT_MAX, &flags)) return env.Undefined();
  if (!descriptor_.IsOpen()) return Throw(env, EBADF, "sendmsg");
  return SendMessages(env, descriptor_.Number(), info[0].As<Napi::Array>(), flags);
}

Napi::Value Socket::SendAt(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int flags = 0;
  Departure::Condition condition;
  if (!info[0].IsArray()) {
    Napi::TypeError::New(env, "messages must be an array").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (!ReadInt(info[1], "flags", 0, INT_MAX, &flags) || !ReadTime(info[2], "atMs", &condition.at) ||
      !ReadTime(info[3], "latestMs", &condition.latest) || !ReadReader(info, info[4], &condition.unlessUnread)) {
    return env.Undefined();
  }
  KeptMessages messages;
  if (!messages.Read(env, info[0].As<Napi::Array>())) return env.Undefined();
  const char* syscall = "timerfd_settime";
  int error = BeginDeparture(&syscall);
  if (error == 0) {
    Locked locked(reader_->mutex());
    error = departure_->Set(std::move(messages), flags | MSG_DONTWAIT, std::move(condition));
  }
  return error == 0 ? env.Undefined() : Throw(env, error, syscall);
}

// Of a socket that is given, and of which something is being read; none is given as undefined.
bool Socket::ReadReader(const Napi::CallbackInfo& info, Napi::Value value, Shared<SocketSource>* source) {
  if (value.IsUndefined()) return true;
  Napi::Value kind = info.This().As<Napi::Object>().Get("constructor");
  if (value.IsObject() && kind.IsFunction() && value.As<Napi::Object>().InstanceOf(kind.As<Napi::Function>())) {
    *source = Unwrap(value.As<Napi::Object>())->source_;
    if (*source) return true;
  }
  Napi::TypeError::New(info.Env(), "unlessUnread must be a socket that is being read").ThrowAsJavaScriptException();
  return false;
}

Napi::Value Socket::TakeBack(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!departure_) return env.Undefined();
  Departure::Left left;
  {
    Locked locked(reader_->mutex());
    left = departure_->TakeBack();
  }
  if (left.count == 0) return env.Undefined();
  return Napi::Value(env, NewObject(env, {{"at", NewNumber(env, left.at)},
                                          {"count", NewNumber(env, static_cast<double>(left.count))}}));
}

// The timer is made when it is needed for the first time: most sockets never send at a time.
int Socket::BeginDeparture(const char** syscall) {
  if (departure_) return 0;
  *syscall = "sendAt";
  if (!descriptor_.IsOpen()) return EBADF;
  *syscall = "timerfd_create";
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0) return errno;
  departureTimer_.Own(timer);
  Shared<Departure> departure(new Departure(timer, descriptor_.Number()));
  int error = reader_->Add(departure.get(), syscall);
  if (error == 0) departure_ = departure;
  return error;
}

void Socket::EndDeparture() {
  if (departure_) reader_->Remove(departure_.get());
  departure_ = nullptr;
  departureTimer_.Close();
}

Napi::Value Socket::Receive(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int count = 0, size = 0, timeout = 0;
  if (!ReadInt(info[0], "maxMessages", 1, mostMessages, &count) ||
      !ReadInt(info[1], "bufferSize", 1, mostBytes, &size) || !ReadInt(info[2], "timeoutMs", 0, INT_MAX, &timeout)) {
    return env.Undefined();
  }
  if (!descriptor_.IsOpen()) return Throw(env, EBADF, "recvmsg");
  if (source_) return Throw(env, EBUSY, "recvmsg", "the reader thread reads this socket");
  int error = WaitReadable(descriptor_.Number(), timeout);
  if (error != 0) return Throw(env, error, "poll");

  std::vector<Message> messages;
  ReceiveBuffer buffer(manner_, static_cast<size_t>(count), static_cast<size_t>(size));
  int received = buffer.Receive(descriptor_.Number(), static_cast<size_t>(count), &messages);
  if (received < 0 && received != -EAGAIN && received != -EINTR) return Throw(env, -received, "recvmsg");
  return Napi::Value(env, ToArray(env, messages));
}

Napi::Value Socket::StartReading(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsObject()) {
    Napi::TypeError::New(env, "options must be an object").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Object options = info[0].As<Napi::Object>();
  int size = 0, batch = 0, limit = 0;
  Napi::Function onMessages, onError;
  if (!ReadInt(options.Get("bufferSize"), "bufferSize", 1, mostBytes, &size) ||
      !ReadInt(options.Get("batch"), "batch", 1, mostMessages, &batch) ||
      !ReadInt(options.Get("queueLimit"), "queueLimit", 1, mostBytes, &limit) ||
      !ReadFunction(info[1], "onMessages", &onMessages) || !ReadFunction(info[2], "onError", &onError)) {
    return env.Undefined();
  }
  if (!descriptor_.IsOpen()) return Throw(env, EBADF, "startReading");
  if (source_) return Throw(env, EALREADY, "startReading");

  onMessages_.Set(onMessages);
  onError_.Set(onError);
  source_ = new SocketSource(descriptor_.Number(), this, manner_, static_cast<size_t>(size),
                             static_cast<size_t>(batch), static_cast<size_t>(limit));
  Ref();  // a socket being read is not collected even if JavaScript has dropped it
  const char* syscall = nullptr;
  int error = reader_->Add(source_.get(), &syscall);
  if (error != 0) {
    EndReading(env);
    return Throw(env, error, syscall);
  }
  UpdateHold(env);
  return env.Undefined();
}

Napi::Value Socket::StopReading(const Napi::CallbackInfo& info) {
  EndReading(info.Env());
  return info.Env().Undefined();
}

Napi::Value Socket::Reference(const Napi::CallbackInfo& info) {
  referenced_ = true;
  UpdateHold(info.Env());
  return info.Env().Undefined();
}

Napi::Value Socket::Unreference(const Napi::CallbackInfo& info) {
  referenced_ = false;
  UpdateHold(info.Env());
  return info.Env().Undefined();
}

Napi::Value Socket::Close(const Napi::CallbackInfo& info) {
  EndReading(info.Env());
  EndDeparture();
  descriptor_.Close();
  return info.Env().Undefined();
}

void Socket::EndReading(Napi::Env env) {
  if (!source_) return;
  reader_->Remove(source_.get());
  source_ = nullptr;
  onMessages_.Reset();
  onError_.Reset();
  Unref();
  UpdateHold(env);
}

void Socket::UpdateHold(Napi::Env env) {
  bool hold = static_cast<bool>(source_) && referenced_;
  if (hold && !holding_) reader_->Hold(env);
  if (!hold && holding_) reader_->LetGo(env);
  holding_ = hold;
}
