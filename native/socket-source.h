// SocketSource: a socket while the reader thread reads it.
#pragma once

#include <vector>

#include "message.h"
#include "reader.h"

class Socket;

class SocketSource : public Source {
 public:
  SocketSource(int fd, Socket* socket, Manner manner, size_t bufferSize, size_t batch, size_t queueLimit);

  void Read(Reader& reader, uint32_t events) override;
  void Deliver(Reader& reader, Napi::Env env) override;
  // Locked. Whether something was received that JavaScript has not heard and dealt with, or nobody can tell.
  bool HasUnread() const;

 private:
  // What one delivery hands to JavaScript: messages, or else an error.
  struct Found {
    std::vector<Message> messages;
    uint32_t dropped = 0;
    int error = 0;
  };
  void DiscardErrorQueue();
  void Fail(Reader& reader, int error, bool hungUp);
  Found Take(Reader& reader);
  uint32_t TakeDropped();

  Socket* const socket_;  // outlives the registration
  const Manner manner_;
  const size_t queueLimit_;
  ReceiveBuffer buffer_;
  std::vector<Message> queue_;
  uint32_t droppedBefore_;
  int error_ = 0;
  bool finished_ = false;
  bool delivering_ = false;
};
