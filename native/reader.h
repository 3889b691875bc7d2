// The reader: one thread per environment that waits on every socket being read and every timer, and one
// thread-safe function that brings what it found to the JavaScript thread.
//
// One mutex guards the sources and their queues. The reader thread touches a descriptor only under it and only
// while its source is registered; so when Remove has returned, the descriptor may be closed.
#pragma once

#include <napi.h>
#include <pthread.h>

#include <cstdint>
#include <vector>

#include "descriptor.h"
#include "mutex.h"
#include "shared.h"

class Reader;

// Something with a descriptor that becomes readable. Neither method may block.
class Source : public RefCounted {
 public:
  explicit Source(int fd) : fd_(fd) {}

  // Reader thread, locked: takes what is there. Calls Reader::Announce when JavaScript should hear of it.
  virtual void Read(Reader& reader, uint32_t events) = 0;
  // JavaScript thread, unlocked: calls back at most once, and announces itself again when there is more.
  virtual void Deliver(Reader& reader, Napi::Env env) = 0;

 protected:
  int fd() const { return fd_; }
  bool IsRegistered() const { return registered_; }

 private:
  friend class Reader;
  const int fd_;
  uint64_t id_ = 0;
  bool registered_ = false;
  bool watched_ = false;
  bool announced_ = false;
};

class Reader : public RefCounted {
 public:
  explicit Reader(Napi::Env env);

  // The reader of this environment.
  static Reader& Of(Napi::Env env);

  // JavaScript thread. Registers the source and watches it; starts the thread if it does not run.
  // Returns 0 or an errno, with the name of the call that failed.
  int Add(Source* source, const char** syscall);
  // JavaScript thread. Afterwards the reader thread does not touch the source's descriptor any more.
  void Remove(Source* source);
  // JavaScript thread. While anything is held, the event loop stays alive.
  void Hold(Napi::Env env);
  void LetGo(Napi::Env env);
  // JavaScript thread, when the environment ends: joins the thread.
  void Stop();
  // Locked. The thread's identity; 0 before it runs.
  pid_t threadId() const { return threadId_; }
  // The priority of the reader thread where those of JavaScript have this one: above them in real time, for what it does is short, and what
  // leaves at a time may not wait for a collector.
  static int PriorityAbove(int policy, int priority);

  // Locked, any thread.
  void Pause(Source* source);
  int Resume(Source* source);
  void Announce(Source* source);
  // Unlocked, reader or JavaScript thread: brings announced sources to the JavaScript thread.
  void Wake();

  Mutex& mutex() { return mutex_; }

 private:
  static void CallJs(Napi::Env env, Napi::Function, Reader* reader, void*);
  static void* RunThread(void* reader);
  using Waker = Napi::TypedThreadSafeFunction<Reader, void, CallJs>;

  ~Reader() override;
  int Start(const char** syscall);
  int OpenDescriptors(const char** syscall);
  int CreateThread();
  void Begin();
  void Run();
  void Handle(uint64_t id, uint32_t events);
  Source* Find(uint64_t id);
  void DeliverAnnounced(Napi::Env env);

  Mutex mutex_;
  std::vector<Shared<Source>> sources_;  // in order of id
  std::vector<Shared<Source>> announced_;
  bool wakeRequested_ = false;
  uint64_t lastId_ = 0;

  Waker waker_;
  int held_ = 0;
  bool ended_ = false;

  Descriptor epoll_;
  Descriptor stop_;
  pthread_t thread_{};
  pid_t threadId_ = 0;
  bool running_ = false;
};
