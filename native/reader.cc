#include "reader.h"

#include "glibc-floor.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace {

constexpr uint64_t stopId = 0;
constexpr int eventsPerWait = 64;

// Signals belong to JavaScript's threads; only those that a fault of this thread raises stay with it.
sigset_t SignalsOfOthers() {
  sigset_t signals;
  sigfillset(&signals);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&signals, fault);
  return signals;
}

struct ReaderOfEnvironment {
  Shared<Reader> reader;
};

}  // namespace

Reader::Reader(Napi::Env env) {
  env.SetInstanceData(new ReaderOfEnvironment{Shared<Reader>(this)});
  Retain();  // for the thread-safe function, whose finalizer lets go
  waker_ = Waker::New(
      env, "vipward reader", 0, 1, this, [](Napi::Env, void*, Reader* reader) { reader->Release(); },
      static_cast<void*>(nullptr));
  waker_.Unref(env);
  Retain();  // for the hook
  // Hooks run last in, first out: this one runs before the thread-safe function's own.
  env.AddCleanupHook(
      [](Reader* reader) {
        reader->Stop();
        reader->Release();
      },
      this);
}

Reader::~Reader() { Stop(); }

Reader& Reader::Of(Napi::Env env) { return *env.GetInstanceData<ReaderOfEnvironment>()->reader; }

int Reader::Add(Source* source, const char** syscall) {
  int error = Start(syscall);
  if (error != 0) return error;
  Locked locked(mutex_);
  source->id_ = ++lastId_;
  *syscall = "epoll_ctl";
  error = Resume(source);
  if (error != 0) return error;
  source->registered_ = true;
  sources_.emplace_back(source);
  return 0;
}

void Reader::Remove(Source* source) {
  Locked locked(mutex_);
  if (!source->registered_) return;
  Pause(source);
  source->registered_ = false;
  auto isSource = [source](const Shared<Source>& other) { return other.get() == source; };
  announced_.erase(std::remove_if(announced_.begin(), announced_.end(), isSource), announced_.end());
  source->announced_ = false;
  sources_.erase(std::remove_if(sources_.begin(), sources_.end(), isSource), sources_.end());
}

void Reader::Hold(Napi::Env env) {
  if (!ended_ && held_++ == 0) waker_.Ref(env);
}

void Reader::LetGo(Napi::Env env) {
  if (!ended_ && --held_ == 0) waker_.Unref(env);
}

void Reader::Stop() {
  {
    Locked locked(mutex_);
    ended_ = true;
    for (const Shared<Source>& source : sources_) source->registered_ = false;
  }
  if (running_) {
    const uint64_t one = 1;
    // Cannot fail: the counter of a fresh eventfd has room for one.
    ssize_t ignored = write(stop_.Number(), &one, sizeof one);
    (void)ignored;
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  stop_.Close();
  epoll_.Close();
  sources_.clear();
  announced_.clear();
}

void Reader::Pause(Source* source) {
  if (!source->watched_) return;
  epoll_ctl(epoll_.Number(), EPOLL_CTL_DEL, source->fd_, nullptr);
  source->watched_ = false;
}

int Reader::Resume(Source* source) {
  if (source->watched_) return 0;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = source->id_;
  if (epoll_ctl(epoll_.Number(), EPOLL_CTL_ADD, source->fd_, &event) != 0) return errno;
  source->watched_ = true;
  return 0;
}

void Reader::Announce(Source* source) {
  if (source->announced_) return;
  source->announced_ = true;
  announced_.emplace_back(source);
}

void Reader::Wake() {
  {
    Locked locked(mutex_);
    if (ended_ || wakeRequested_ || announced_.empty()) return;
    wakeRequested_ = true;
  }
  // When the environment is closing this fails, and nobody is left to tell.
  waker_.NonBlockingCall();
}

int Reader::Start(const char** syscall) {
  *syscall = "environment";
  if (ended_) return ECANCELED;
  if (running_) return 0;
  int error = OpenDescriptors(syscall);
  if (error != 0) return error;
  *syscall = "pthread_create";
  error = CreateThread();
  running_ = error == 0;
  return error;
}

int Reader::OpenDescriptors(const char** syscall) {
  *syscall = "epoll_create1";
  epoll_.Own(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.IsOpen()) return errno;
  *syscall = "eventfd";
  stop_.Own(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_.IsOpen()) return errno;
  *syscall = "epoll_ctl";
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = stopId;
  return epoll_ctl(epoll_.Number(), EPOLL_CTL_ADD, stop_.Number(), &event) == 0 ? 0 : errno;
}

int Reader::CreateThread() {
  sigset_t others = SignalsOfOthers();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &others, &before);
  int error = pthread_create(&thread_, nullptr, RunThread, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

int Reader::PriorityAbove(int policy, int priority) {
  bool isRealTime = policy == SCHED_FIFO || policy == SCHED_RR;
  return isRealTime && priority < sched_get_priority_max(policy) ? priority + 1 : priority;
}

void* Reader::RunThread(void* reader) {
  static_cast<Reader*>(reader)->Begin();
  static_cast<Reader*>(reader)->Run();
  return nullptr;
}

// It has the scheduling of the thread that started it. Without the right to more it stays as it is.
void Reader::Begin() {
  Locked locked(mutex_);
  threadId_ = static_cast<pid_t>(syscall(SYS_gettid));
  int policy = sched_getscheduler(0);
  sched_param parameters{};
  sched_getparam(0, &parameters);
  parameters.sched_priority = PriorityAbove(policy, parameters.sched_priority);
  sched_setscheduler(0, policy, &parameters);
  prctl(PR_SET_NAME, "vipward-reader", 0, 0, 0);
}

void Reader::Run() {
  epoll_event events[eventsPerWait];
  for (;;) {
    int count = epoll_wait(epoll_.Number(), events, eventsPerWait, -1);
    for (int index = 0; index < count; ++index) {
      if (events[index].data.u64 == stopId) return;
      Handle(events[index].data.u64, events[index].events);
    }
    Wake();
  }
}

void Reader::Handle(uint64_t id, uint32_t events) {
  Locked locked(mutex_);
  Source* source = Find(id);
  // It may have been removed or paused since epoll_wait returned.
  if (source != nullptr && source->watched_) source->Read(*this, events);
}

Source* Reader::Find(uint64_t id) {
  auto before = [](const Shared<Source>& source, uint64_t wanted) { return source->id_ < wanted; };
  auto found = std::lower_bound(sources_.begin(), sources_.end(), id, before);
  return found != sources_.end() && (*found)->id_ == id ? found->get() : nullptr;
}

void Reader::CallJs(Napi::Env env, Napi::Function, Reader* reader, void*) {
  // Without an environment the call is only being thrown away.
  if (static_cast<napi_env>(env) != nullptr) reader->DeliverAnnounced(env);
}

void Reader::DeliverAnnounced(Napi::Env env) {
  std::vector<Shared<Source>> sources;
  {
    Locked locked(mutex_);
    wakeRequested_ = false;
    sources.swap(announced_);
    for (const Shared<Source>& source : sources) source->announced_ = false;
  }
  size_t index = 0;
  while (index < sources.size() && !env.IsExceptionPending()) sources[index++]->Deliver(*this, env);
  {
    // A callback threw: the exception goes its way, and the other sources have their turn after it.
    Locked locked(mutex_);
    for (; index < sources.size(); ++index) {
      if (sources[index]->registered_) Announce(sources[index].get());
    }
  }
  Wake();
}
