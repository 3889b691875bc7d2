#include "program.h"

#include "glibc-floor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <string>
#include <vector>

#include "descriptor.h"
#include "failure.h"
#include "value.h"

// Since Linux 5.9; older ones answer ENOSYS, and what is close-on-exec closes all the same.
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace {

constexpr int mostTexts = 4096;
constexpr int mostGroups = 256;
constexpr size_t roomForUser = 64 * 1024;

struct Identity {
  bool changes = false;
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
};

struct Plan {
  std::string file;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  Identity identity;
  int deathSignal = 0;
  int null = -1;
};

bool ReadTexts(Napi::Value value, const char* name, std::vector<std::string>* texts) {
  if (!value.IsArray()) {
    Napi::TypeError::New(value.Env(), std::string(name) + " must be an array").ThrowAsJavaScriptException();
    return false;
  }
  Napi::Array array = value.As<Napi::Array>();
  if (array.Length() > mostTexts) {
    Napi::RangeError::New(value.Env(), std::string(name) + " has too many entries").ThrowAsJavaScriptException();
    return false;
  }
  texts->resize(array.Length());
  for (uint32_t index = 0; index < array.Length(); ++index) {
    if (!ReadText(array.Get(index), name, &(*texts)[index])) return false;
  }
  return true;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

bool ReadIdentity(Napi::Value value, Identity* identity) {
  if (value.IsUndefined()) return true;
  Napi::Object object = value.As<Napi::Object>();
  int64_t user = 0, group = 0;
  if (!ReadInteger(object.Get("user"), "user", 0, UINT_MAX - 1, &user)) return false;
  if (!ReadInteger(object.Get("group"), "group", 0, UINT_MAX - 1, &group)) return false;
  Napi::Array groups = object.Get("groups").As<Napi::Array>();
  for (uint32_t index = 0; index < groups.Length(); ++index) {
    int64_t one = 0;
    if (!ReadInteger(groups.Get(index), "groups", 0, UINT_MAX - 1, &one)) return false;
    identity->groups.push_back(static_cast<gid_t>(one));
  }
  identity->changes = true;
  identity->user = static_cast<uid_t>(user);
  identity->group = static_cast<gid_t>(group);
  return true;
}

// The C library's setuid() would change every thread of the process, whose memory the child shares until it executes.
int BecomeUser(const Identity& identity) {
  if (!identity.changes) return 0;
  if (syscall(SYS_setgroups, identity.groups.size(), identity.groups.data()) != 0) return errno;
  if (syscall(SYS_setresgid, identity.group, identity.group, identity.group) != 0) return errno;
  return syscall(SYS_setresuid, identity.user, identity.user, identity.user) == 0 ? 0 : errno;
}

// Ignored signals and real-time scheduling would be inherited. What is refused here does no harm.
void ForgetOrigin() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
  sched_param parameters{};
  syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &parameters);
  syscall(SYS_setpriority, PRIO_PROCESS, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

// Runs in the child, on the parent's memory: system calls only. Returns the errno of what was refused.
int Execute(const Plan& plan) {
  ForgetOrigin();
  if (setsid() < 0) return errno;
  for (int standard = 0; standard <= 2; ++standard) {
    if (dup2(plan.null, standard) < 0) return errno;
  }
  syscall(SYS_close_range, 3, UINT_MAX, 0);
  if (chdir("/") != 0) return errno;
  umask(022);
  int refused = BecomeUser(plan.identity);
  if (refused != 0) return refused;
  if (plan.deathSignal != 0) prctl(PR_SET_PDEATHSIG, plan.deathSignal, 0, 0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(plan.file.c_str(), plan.arguments.data(), plan.environment.data());
  return errno;
}

// No signal may be handled by the child before it has forgotten the parent's handlers.
pid_t Start(const Plan& plan, int* refused) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  volatile int result = 0;
  pid_t child = vfork();
  if (child == 0) {
    result = Execute(plan);
    _exit(127);
  }
  *refused = child < 0 ? errno : result;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child > 0 && *refused != 0) waitpid(child, nullptr, 0);
  return child;
}

Napi::Value StartProgram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::vector<std::string> arguments, environment;
  Plan plan;
  if (!ReadText(info[0], "file", &plan.file) || !ReadTexts(info[1], "arguments", &arguments) ||
      !ReadTexts(info[2], "environment", &environment) || !ReadIdentity(info[3], &plan.identity) ||
      !ReadInt(info[4], "deathSignal", 0, NSIG - 1, &plan.deathSignal)) {
    return env.Undefined();
  }
  plan.arguments = Pointers(arguments);
  plan.environment = Pointers(environment);
  Descriptor null;
  null.Own(open("/dev/null", O_RDWR | O_CLOEXEC));
  plan.null = null.Number();
  if (!null.IsOpen()) return Throw(env, errno, "open", "/dev/null");
  int refused = 0;
  pid_t child = Start(plan, &refused);
  if (refused != 0) return Throw(env, refused, "execve", plan.file.c_str());
  return Napi::Number::New(env, child);
}

// Returns only when it fails: all threads of this process end, and with them what is close-on-exec.
Napi::Value BecomeProgram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string file;
  std::vector<std::string> arguments, environment;
  if (!ReadText(info[0], "file", &file) || !ReadTexts(info[1], "arguments", &arguments) ||
      !ReadTexts(info[2], "environment", &environment)) {
    return env.Undefined();
  }
  execve(file.c_str(), Pointers(arguments).data(), Pointers(environment).data());
  return Throw(env, errno, "execve", file.c_str());
}

// Undefined while it runs; else the exit code, or 256 and the signal that ended it.
Napi::Value ProgramEnd(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int process = 0;
  if (!ReadInt(info[0], "process", 1, INT_MAX, &process)) return env.Undefined();
  int status = 0;
  pid_t ended = waitpid(process, &status, WNOHANG);
  if (ended < 0) return Throw(env, errno, "waitpid");
  if (ended == 0) return env.Undefined();
  return Napi::Number::New(env, WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status));
}

// Undefined when there is no such user. The name service may read files, or ask a directory and take its time.
Napi::Value UserNamed(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name;
  if (!ReadText(info[0], "name", &name)) return env.Undefined();
  std::vector<char> room(roomForUser);
  passwd entry{};
  passwd* found = nullptr;
  int error = getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (error != 0) return Throw(env, error, "getpwnam_r", name.c_str());
  if (found == nullptr) return env.Undefined();
  int count = mostGroups;
  std::vector<gid_t> groups(mostGroups);
  if (getgrouplist(name.c_str(), entry.pw_gid, groups.data(), &count) < 0) count = mostGroups;
  Napi::Array list = Napi::Array::New(env);
  for (int index = 0; index < count; ++index) list.Set(static_cast<uint32_t>(index), Napi::Number::New(env, groups[index]));
  Napi::Object user = Napi::Object::New(env);
  user.Set("user", Napi::Number::New(env, entry.pw_uid));
  user.Set("group", Napi::Number::New(env, entry.pw_gid));
  user.Set("groups", list);
  return user;
}

// Undefined when there is no such group.
Napi::Value GroupNamed(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name;
  if (!ReadText(info[0], "name", &name)) return env.Undefined();
  std::vector<char> room(roomForUser);
  group entry{};
  group* found = nullptr;
  int error = getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (error != 0) return Throw(env, error, "getgrnam_r", name.c_str());
  return found == nullptr ? env.Undefined() : Napi::Value(Napi::Number::New(env, entry.gr_gid));
}

}  // namespace

void DefineProgram(Napi::Env env, Napi::Object exports) {
  exports.Set("startProgram", Napi::Function::New<StartProgram>(env, "startProgram"));
  exports.Set("becomeProgram", Napi::Function::New<BecomeProgram>(env, "becomeProgram"));
  exports.Set("programEnd", Napi::Function::New<ProgramEnd>(env, "programEnd"));
  exports.Set("userNamed", Napi::Function::New<UserNamed>(env, "userNamed"));
  exports.Set("groupNamed", Napi::Function::New<GroupNamed>(env, "groupNamed"));
}
