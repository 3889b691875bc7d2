#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <climits>
#include <string>

#include "failure.h"
#include "reader.h"
#include "value.h"

// Since Linux 4.4; older C libraries lack the name.
#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

namespace {

// Capability numbers fit the 64 bits of a set.
constexpr int mostCapabilities = 63;

Napi::Value Finish(Napi::Env env, int64_t result, const char* syscall) {
  return result >= 0 ? env.Undefined() : Throw(env, errno, syscall);
}

Napi::Value Clock(const Napi::CallbackInfo& info) {
  int id = 0;
  if (!ReadInt(info[0], "id", 0, INT_MAX, &id)) return info.Env().Undefined();
  timespec now{};
  if (clock_gettime(id, &now) != 0) return Throw(info.Env(), errno, "clock_gettime");
  return Napi::Number::New(info.Env(), static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6);
}

// Sets one thread after the other, twice. Threads that come while it goes on inherit from one that is set already, or are found the second time.
template <typename Set>
int SetEveryThread(Set set) {
  int error = 0;
  for (int round = 0; round < 2 && error == 0; ++round) {
    DIR* tasks = opendir("/proc/self/task");
    if (tasks == nullptr) return errno;
    while (const dirent* task = error == 0 ? readdir(tasks) : nullptr) {
      pid_t thread = static_cast<pid_t>(strtol(task->d_name, nullptr, 10));
      // "." and ".." read as 0, which would mean the calling thread once more. A thread that has just ended is no failure.
      if (thread > 0 && set(thread) != 0 && errno != ESRCH) error = errno;
    }
    closedir(tasks);
  }
  return error;
}

Napi::Value SetScheduling(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int policy = 0;
  sched_param parameters{};
  if (!ReadInt(info[0], "policy", 0, INT_MAX, &policy)) return env.Undefined();
  if (!ReadInt(info[1], "priority", INT_MIN, INT_MAX, &parameters.sched_priority)) return env.Undefined();
  Reader& reader = Reader::Of(env);
  sched_param above{};
  above.sched_priority = Reader::PriorityAbove(policy, parameters.sched_priority);
  // A reader thread that begins meanwhile sees to itself.
  Locked locked(reader.mutex());
  int error = SetEveryThread([&](pid_t thread) {
    return sched_setscheduler(thread, policy, thread == reader.threadId() ? &above : &parameters);
  });
  return error == 0 ? env.Undefined() : Throw(env, error, "sched_setscheduler");
}

Napi::Value SetNice(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int nice = 0;
  if (!ReadInt(info[0], "nice", INT_MIN, INT_MAX, &nice)) return env.Undefined();
  // To Linux a thread is a process here.
  int error = SetEveryThread([&](pid_t thread) { return setpriority(PRIO_PROCESS, static_cast<id_t>(thread), nice); });
  return error == 0 ? env.Undefined() : Throw(env, error, "setpriority");
}

Napi::Value Processors(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return Throw(env, errno, "sched_getaffinity");
  Napi::Array numbers = Napi::Array::New(env);
  for (uint32_t number = 0, count = 0; number < CPU_SETSIZE; ++number) {
    if (CPU_ISSET(number, &set)) numbers.Set(count++, Napi::Number::New(env, number));
  }
  return numbers;
}

Napi::Value SetProcessors(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsArray()) {
    Napi::TypeError::New(env, "processors must be an array").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Array numbers = info[0].As<Napi::Array>();
  cpu_set_t set;
  CPU_ZERO(&set);
  for (uint32_t index = 0; index < numbers.Length(); ++index) {
    int number = 0;
    if (!ReadInt(numbers.Get(index), "processor", 0, CPU_SETSIZE - 1, &number)) return env.Undefined();
    CPU_SET(number, &set);
  }
  int error = SetEveryThread([&](pid_t thread) { return sched_setaffinity(thread, sizeof set, &set); });
  return error == 0 ? env.Undefined() : Throw(env, error, "sched_setaffinity");
}

// Always with ONFAULT: without it the kernel would fill the large ranges that the engine only reserves, gigabytes.
Napi::Value LockMemory(const Napi::CallbackInfo& info) {
  return Finish(info.Env(), mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT), "mlockall");
}

Napi::Value EnterNetworkNamespace(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path;
  if (!ReadText(info[0], "path", &path)) return env.Undefined();
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Throw(env, errno, "open", path.c_str());
  int error = setns(fd, CLONE_NEWNET) == 0 ? 0 : errno;
  close(fd);
  return error == 0 ? env.Undefined() : Throw(env, error, "setns", path.c_str());
}

uint64_t BoundingCapabilities() {
  uint64_t set = 0;
  for (int capability = 0; capability <= mostCapabilities; ++capability) {
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) set |= uint64_t{1} << capability;
  }
  return set;
}

Napi::Value Capabilities(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) != 0) return Throw(env, errno, "capget");
  auto set = [env](uint32_t low, uint32_t high) { return Napi::BigInt::New(env, uint64_t{high} << 32 | low); };
  Napi::Object sets = Napi::Object::New(env);
  sets.Set("effective", set(data[0].effective, data[1].effective));
  sets.Set("permitted", set(data[0].permitted, data[1].permitted));
  sets.Set("inheritable", set(data[0].inheritable, data[1].inheritable));
  sets.Set("bounding", Napi::BigInt::New(env, BoundingCapabilities()));
  return sets;
}

bool ReadSet(Napi::Value value, const char* name, uint64_t* set) {
  if (value.IsEmpty()) return false;
  bool lossless = false;
  if (value.IsBigInt()) *set = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (lossless) return true;
  Napi::TypeError::New(value.Env(), std::string(name) + " must be a bigint of 64 bits").ThrowAsJavaScriptException();
  return false;
}

Napi::Value SetCapabilities(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  uint64_t effective = 0, permitted = 0, inheritable = 0;
  if (!ReadSet(info[0], "effective", &effective) || !ReadSet(info[1], "permitted", &permitted) ||
      !ReadSet(info[2], "inheritable", &inheritable)) {
    return env.Undefined();
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; ++word) {
    int shift = 32 * word;
    data[word].effective = static_cast<uint32_t>(effective >> shift);
    data[word].permitted = static_cast<uint32_t>(permitted >> shift);
    data[word].inheritable = static_cast<uint32_t>(inheritable >> shift);
  }
  return Finish(env, syscall(SYS_capset, &header, data), "capset");
}

Napi::Value DropBoundingCapability(const Napi::CallbackInfo& info) {
  int capability = 0;
  if (!ReadInt(info[0], "capability", 0, mostCapabilities, &capability)) return info.Env().Undefined();
  return Finish(info.Env(), prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "prctl");
}

Napi::Value SetAmbientCapability(const Napi::CallbackInfo& info) {
  int capability = 0;
  if (!ReadInt(info[0], "capability", 0, mostCapabilities, &capability)) return info.Env().Undefined();
  int change = info[1].ToBoolean().Value() ? PR_CAP_AMBIENT_RAISE : PR_CAP_AMBIENT_LOWER;
  return Finish(info.Env(), prctl(PR_CAP_AMBIENT, change, capability, 0, 0), "prctl");
}

Napi::Value SetNoNewPrivileges(const Napi::CallbackInfo& info) {
  return Finish(info.Env(), prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
}

Napi::Value SetParentDeathSignal(const Napi::CallbackInfo& info) {
  int signal = 0;
  if (!ReadInt(info[0], "signal", 0, INT_MAX, &signal)) return info.Env().Undefined();
  return Finish(info.Env(), prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), "prctl");
}

Napi::Value SetProcessName(const Napi::CallbackInfo& info) {
  std::string name;
  if (!ReadText(info[0], "name", &name)) return info.Env().Undefined();
  return Finish(info.Env(), prctl(PR_SET_NAME, name.c_str(), 0, 0, 0), "prctl");
}

Napi::Value PeerCredentials(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = 0;
  if (!ReadInt(info[0], "fd", 0, INT_MAX, &fd)) return env.Undefined();
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return Throw(env, errno, "getsockopt");
  Napi::Object credentials = Napi::Object::New(env);
  credentials.Set("pid", Napi::Number::New(env, peer.pid));
  credentials.Set("uid", Napi::Number::New(env, peer.uid));
  credentials.Set("gid", Napi::Number::New(env, peer.gid));
  return credentials;
}

// The mode as given, whatever the process's umask says, and never more than that for a moment.
Napi::Value MakeFifo(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path;
  int mode = 0;
  if (!ReadText(info[0], "path", &path) || !ReadInt(info[1], "mode", 0, 0777, &mode)) return env.Undefined();
  if (mkfifo(path.c_str(), 0) != 0) return Throw(env, errno, "mkfifo", path.c_str());
  int error = chmod(path.c_str(), static_cast<mode_t>(mode)) == 0 ? 0 : errno;
  return error == 0 ? env.Undefined() : Throw(env, error, "chmod", path.c_str());
}

// Only asks: no mode is set. The kernel answers TIME_ERROR while nobody keeps its clock in time.
Napi::Value IsClockKept(const Napi::CallbackInfo& info) {
  timex state{};
  int answer = adjtimex(&state);
  if (answer < 0) return Throw(info.Env(), errno, "adjtimex");
  return Napi::Boolean::New(info.Env(), answer != TIME_ERROR);
}

}  // namespace

void DefineProcess(Napi::Env env, Napi::Object exports) {
  exports.Set("clock", Napi::Function::New<Clock>(env, "clock"));
  exports.Set("isClockKept", Napi::Function::New<IsClockKept>(env, "isClockKept"));
  exports.Set("setScheduling", Napi::Function::New<SetScheduling>(env, "setScheduling"));
  exports.Set("setNice", Napi::Function::New<SetNice>(env, "setNice"));
  exports.Set("processors", Napi::Function::New<Processors>(env, "processors"));
  exports.Set("setProcessors", Napi::Function::New<SetProcessors>(env, "setProcessors"));
  exports.Set("lockMemory", Napi::Function::New<LockMemory>(env, "lockMemory"));
  exports.Set("enterNetworkNamespace", Napi::Function::New<EnterNetworkNamespace>(env, "enterNetworkNamespace"));
  exports.Set("capabilities", Napi::Function::New<Capabilities>(env, "capabilities"));
  exports.Set("setCapabilities", Napi::Function::New<SetCapabilities>(env, "setCapabilities"));
  exports.Set("dropBoundingCapability", Napi::Function::New<DropBoundingCapability>(env, "dropBoundingCapability"));
  exports.Set("setAmbientCapability", Napi::Function::New<SetAmbientCapability>(env, "setAmbientCapability"));
  exports.Set("setNoNewPrivileges", Napi::Function::New<SetNoNewPrivileges>(env, "setNoNewPrivileges"));
  exports.Set("setParentDeathSignal", Napi::Function::New<SetParentDeathSignal>(env, "setParentDeathSignal"));
  exports.Set("setProcessName", Napi::Function::New<SetProcessName>(env, "setProcessName"));
  exports.Set("makeFifo", Napi::Function::New<MakeFifo>(env, "makeFifo"));
  exports.Set("peerCredentials", Napi::Function::New<PeerCredentials>(env, "peerCredentials"));
}
