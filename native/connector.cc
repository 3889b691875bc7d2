#include "connector.h"

#include "glibc-floor.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <string>
#include <vector>

#include "failure.h"
#include "value.h"

// Since Linux 4.2; older C libraries lack the name.
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

namespace {

constexpr int eventsPerWait = 64;

// What one attempt is given beside its target.
struct Origin {
  Bytes address;  // a raw sockaddr, or nothing
  uint32_t mark = 0;
  std::string interface;
};

int SetNumber(int fd, int level, int name, int value) { return setsockopt(fd, level, name, &value, sizeof value); }

// Returns the name of the call that failed, with errno, or null.
const char* Prepare(int fd, const Origin& origin) {
  // Closing resets the connection: nothing of it stays, not even in TIME_WAIT.
  const linger atOnce{1, 0};
  if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce) != 0) return "setsockopt";
  if (origin.mark != 0 && SetNumber(fd, SOL_SOCKET, SO_MARK, static_cast<int>(origin.mark)) != 0) return "SO_MARK";
  if (!origin.interface.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, origin.interface.c_str(),
                                              static_cast<socklen_t>(origin.interface.size())) != 0) {
    return "SO_BINDTODEVICE";
  }
  if (origin.address.size == 0) return nullptr;
  // The port is chosen when the target is known, so that one source address serves more than 28,000 targets.
  SetNumber(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  SetNumber(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  const auto* address = reinterpret_cast<const sockaddr*>(origin.address.data);
  return bind(fd, address, static_cast<socklen_t>(origin.address.size)) == 0 ? nullptr : "bind";
}

}  // namespace

// What the reader thread and JavaScript share; guarded by the reader's mutex.
class ConnectorSource : public Source {
 public:
  ConnectorSource(int epoll, Connector* connector) : Source(epoll), connector_(connector) {}
  ~ConnectorSource() override {
    for (const Attempt& attempt : attempts_) {
      if (attempt.fd >= 0) close(attempt.fd);
    }
    for (const Result& result : results_) {
      if (result.fd >= 0) close(result.fd);
    }
  }

  // The first that ends wakes JavaScript. The others are gathered when it comes: thousands of attempts a second would otherwise wake this
  // thread thousands of times, and waking costs more than connecting.
  void Read(Reader& reader, uint32_t) override {
    if (!Gather()) return;
    reader.Pause(this);
    reader.Announce(this);
  }

  void Deliver(Reader& reader, Napi::Env env) override {
    std::vector<Result> results;
    {
      Locked locked(reader.mutex());
      if (!IsRegistered()) return;
      while (Gather()) {
      }
      results.swap(results_);
      // Cannot fail: the reader has watched it before.
      reader.Resume(this);
    }
    if (!results.empty()) connector_->Done(env, ToArray(env, results));
  }

  // Locked. Takes over the descriptor; returns the number of the attempt, or 0 with errno.
  uint32_t Add(int socket, bool keep) {
    uint32_t slot = FreeSlot();
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.u64 = slot;
    if (epoll_ctl(fd(), EPOLL_CTL_ADD, socket, &event) != 0) {
      free_.push_back(slot);
      return 0;
    }
    Attempt& attempt = attempts_[slot];
    attempt.fd = socket;
    attempt.keep = keep;
    ++open_;
    return NumberOf(slot);
  }

  // Locked.
  void Cancel(uint32_t number) {
    uint32_t slot = number & slotMask;
    if (slot < attempts_.size() && attempts_[slot].fd >= 0 && NumberOf(slot) == number) {
      close(attempts_[slot].fd);
      Free(slot);
      return;
    }
    for (size_t index = 0; index < results_.size(); ++index) {
      if (results_[index].number != number) continue;
      if (results_[index].fd >= 0) close(results_[index].fd);
      results_.erase(results_.begin() + static_cast<std::ptrdiff_t>(index));
      return;
    }
  }

  // Locked.
  bool IsBusy() const { return open_ > 0 || !results_.empty(); }

 private:
  struct Attempt {
    int fd = -1;
    bool keep = false;
    uint32_t round = 0;
  };
  struct Result {
    uint32_t number;
    int error;
    int fd;
  };
  // A number is a place in the table, and how often it was taken, so that a late cancellation ends nobody else's attempt.
  static constexpr uint32_t slotBits = 20;
  static constexpr uint32_t slotMask = (1u << slotBits) - 1;
  static constexpr uint32_t roundMask = (1u << (31 - slotBits)) - 1;

  uint32_t NumberOf(uint32_t slot) const { return ((attempts_[slot].round & roundMask) << slotBits) | slot; }

  uint32_t FreeSlot() {
    if (!free_.empty()) {
      uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    // Number 0 means none.
    if (attempts_.empty()) attempts_.emplace_back();
    attempts_.emplace_back();
    return static_cast<uint32_t>(attempts_.size() - 1);
  }

  void Free(uint32_t slot) {
    attempts_[slot].fd = -1;
    ++attempts_[slot].round;
    free_.push_back(slot);
    --open_;
  }

  // Locked. Takes some attempts that have ended; whether there were any.
  bool Gather() {
    epoll_event events[eventsPerWait];
    int count = epoll_wait(fd(), events, eventsPerWait, 0);
    for (int index = 0; index < count; ++index) Finish(static_cast<uint32_t>(events[index].data.u64));
    return count > 0;
  }

  void Finish(uint32_t slot) {
    int socket = attempts_[slot].fd;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    Result result{NumberOf(slot), error, -1};
    if (error == 0 && attempts_[slot].keep) {
      epoll_ctl(fd(), EPOLL_CTL_DEL, socket, nullptr);
      result.fd = socket;
    } else {
      close(socket);
    }
    results_.push_back(result);
    Free(slot);
  }

  // Number, errno and descriptor of each, one after the other.
  static napi_value ToArray(napi_env env, const std::vector<Result>& results) {
    napi_value array = nullptr;
    if (napi_create_array_with_length(env, results.size() * 3, &array) != napi_ok) return nullptr;
    uint32_t place = 0;
    for (const Result& result : results) {
      const double numbers[] = {static_cast<double>(result.number), static_cast<double>(result.error),
                                static_cast<double>(result.fd)};
      for (double number : numbers) {
        napi_value value = NewNumber(env, number);
        if (value == nullptr || napi_set_element(env, array, place++, value) != napi_ok) return nullptr;
      }
    }
    return array;
  }

  Connector* const connector_;  // outlives the registration
  std::vector<Attempt> attempts_;
  std::vector<uint32_t> free_;
  std::vector<Result> results_;
  int open_ = 0;
};

Napi::Function Connector::Define(Napi::Env env) {
  return DefineClass(env, "NativeConnector",
                     {
                         InstanceMethod<&Connector::Start>("start"),
                         InstanceMethod<&Connector::Cancel>("cancel"),
                         InstanceMethod<&Connector::Close>("close"),
                     });
}

Connector::Connector(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Connector>(info), reader_(&Reader::Of(info.Env())) {
  Napi::Function onDone;
  if (!ReadFunction(info[0], "onDone", &onDone)) return;
  int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) {
    Throw(info.Env(), errno, "epoll_create1");
    return;
  }
  epoll_.Own(fd);
  Shared<ConnectorSource> source(new ConnectorSource(fd, this));
  const char* syscall = nullptr;
  int error = reader_->Add(source.get(), &syscall);
  if (error != 0) {
    Throw(info.Env(), error, syscall);
    return;
  }
  source_ = source;
  onDone_.Set(onDone);
}

Connector::~Connector() {
  if (source_) reader_->Remove(source_.get());
}

Napi::Value Connector::Start(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Bytes target;
  Origin origin;
  int64_t mark = 0;
  if (!ReadBytes(info[0], "target", &target)) return env.Undefined();
  if (!info[2].IsUndefined() && !ReadBytes(info[2], "source", &origin.address)) return env.Undefined();
  if (!info[3].IsUndefined() && !ReadInteger(info[3], "mark", 0, UINT_MAX, &mark)) return env.Undefined();
  if (!info[4].IsUndefined() && !ReadText(info[4], "interface", &origin.interface)) return env.Undefined();
  origin.mark = static_cast<uint32_t>(mark);
  if (target.size < sizeof(sa_family_t)) return Throw(env, EINVAL, "connect");
  if (!epoll_.IsOpen()) return Throw(env, EBADF, "connect");

  const auto* address = reinterpret_cast<const sockaddr*>(target.data);
  Descriptor opened;
  opened.Own(socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!opened.IsOpen()) return Throw(env, errno, "socket");
  const char* failed = Prepare(opened.Number(), origin);
  if (failed != nullptr) return Throw(env, errno, failed);
  if (connect(opened.Number(), address, static_cast<socklen_t>(target.size)) != 0 && errno != EINPROGRESS) {
    return Throw(env, errno, "connect");
  }
  uint32_t number = 0;
  {
    Locked locked(reader_->mutex());
    number = source_->Add(opened.Number(), info[1].ToBoolean().Value());
  }
  if (number == 0) return Throw(env, errno, "epoll_ctl");
  opened.Disown();
  UpdateHold(env);
  return Napi::Number::New(env, number);
}

Napi::Value Connector::Cancel(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int number = 0;
  if (!ReadInt(info[0], "number", 0, INT_MAX, &number)) return env.Undefined();
  if (!epoll_.IsOpen()) return env.Undefined();
  {
    Locked locked(reader_->mutex());
    source_->Cancel(static_cast<uint32_t>(number));
  }
  UpdateHold(env);
  return env.Undefined();
}

Napi::Value Connector::Close(const Napi::CallbackInfo& info) {
  if (source_) reader_->Remove(source_.get());
  source_ = Shared<ConnectorSource>();
  epoll_.Close();
  onDone_.Reset();
  UpdateHold(info.Env());
  return info.Env().Undefined();
}

void Connector::Done(Napi::Env env, napi_value results) {
  UpdateHold(env);
  onDone_.Call({results});
}

// Attempts that are under way keep the process alive, and this object from being collected.
void Connector::UpdateHold(Napi::Env env) {
  bool busy = false;
  if (source_) {
    Locked locked(reader_->mutex());
    busy = source_->IsBusy();
  }
  if (busy == holding_) return;
  holding_ = busy;
  if (busy) {
    Ref();
    reader_->Hold(env);
  } else {
    Unref();
    reader_->LetGo(env);
  }
}
