// A file descriptor with one owner, on a list that its environment closes when it ends: a worker that is
// terminated leaves no descriptor behind, whether or not its objects are ever finalized. JavaScript thread only.
#pragma once

#include <unistd.h>

class Descriptor;

class DescriptorList {
 public:
  DescriptorList() = default;
  DescriptorList(const DescriptorList&) = delete;
  DescriptorList& operator=(const DescriptorList&) = delete;

  inline void CloseAll();

 private:
  friend class Descriptor;
  Descriptor* first_ = nullptr;
};

class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void Own(int fd, DescriptorList& list) {
    fd_ = fd;
    list_ = &list;
    next_ = list.first_;
    if (next_ != nullptr) next_->previous_ = this;
    list.first_ = this;
  }

  void Close() {
    if (fd_ < 0) return;
    (previous_ != nullptr ? previous_->next_ : list_->first_) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    previous_ = next_ = nullptr;
    close(fd_);
    fd_ = -1;
  }

  bool IsOpen() const { return fd_ >= 0; }
  int Number() const { return fd_; }

 private:
  int fd_ = -1;
  DescriptorList* list_ = nullptr;
  Descriptor* previous_ = nullptr;
  Descriptor* next_ = nullptr;
};

inline void DescriptorList::CloseAll() {
  while (first_ != nullptr) first_->Close();
}
