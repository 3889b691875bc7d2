// A file descriptor with one owner.
#pragma once

#include <unistd.h>

class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void Own(int fd) {
    Close();
    fd_ = fd;
  }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  // Somebody else closes it from now on.
  void Disown() { fd_ = -1; }

  bool IsOpen() const { return fd_ >= 0; }
  // -1 when closed, which system calls refuse with EBADF.
  int Number() const { return fd_; }

 private:
  int fd_ = -1;
};
