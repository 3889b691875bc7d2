// Messages between JavaScript and sendmmsg(2) and recvmmsg(2).
#pragma once

#include <napi.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// One message as it was received: data, then the sender's address, then control, in one piece of memory.
struct Message {
  std::vector<uint8_t> bytes;
  size_t dataSize = 0;
  size_t addressSize = 0;
  bool truncated = false;
};

// An array of {data, address, control, truncated}; null when the environment is ending.
napi_value ToArray(napi_env env, const std::vector<Message>& messages);

// How a kind of socket must be received from.
struct Manner {
  int flags = 0;        // MSG_ flags beside MSG_DONTWAIT
  bool ordered = false;  // a stream or sequenced packets: an empty message is the end, and comes again and again
};

Manner MannerOf(int family, int type);

// Memory for `count` messages of up to `size` bytes; what does not fit is cut off and marked.
class ReceiveBuffer {
 public:
  ReceiveBuffer(Manner manner, size_t count, size_t size);

  // Appends up to `most` waiting messages; returns how many, or the negative errno. Never waits.
  int Receive(int fd, size_t most, std::vector<Message>* messages);

 private:
  void Reset(size_t count);
  Message Copy(size_t index);

  const Manner manner_;
  const size_t size_;
  // Not cleared, so that only the pages that a message really fills become memory.
  std::unique_ptr<uint8_t[]> data_;
  std::unique_ptr<uint8_t[]> controls_;
  std::vector<sockaddr_storage> addresses_;
  std::vector<iovec> pieces_;
  std::vector<mmsghdr> headers_;
};

// Messages that are sent later, in memory of their own.
class KeptMessages {
 public:
  KeptMessages() = default;
  KeptMessages(KeptMessages&&) = default;
  KeptMessages& operator=(KeptMessages&&) = default;

  // Takes the place of what was kept: an array of {data, address?, control?}. False after it threw.
  bool Read(Napi::Env env, Napi::Array messages);

  // How many have left. Never waits where the socket does not.
  size_t Send(int fd, int flags);

 private:
  std::vector<uint8_t> bytes_;
  std::vector<iovec> pieces_;    // into the bytes
  std::vector<mmsghdr> headers_;  // into both
};

// Sends an array of {data, address?, control?}; returns how many were sent, or throws when not even the first was.
Napi::Value SendMessages(Napi::Env env, int fd, Napi::Array messages, int flags);
