#include "message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "value.h"

namespace {

// Room for every ancillary record that Linux attaches to one message of the families in use, several times over.
constexpr size_t controlSize = 1024;

// sendmmsg(2) looks at no more than this many messages in one call (UIO_MAXIOV).
constexpr size_t mostPerCall = 1024;

// A peer on a unix socket can attach descriptors. Nobody here asked for any, so they must not stay open.
void CloseAttachedDescriptors(msghdr* header) {
  for (cmsghdr* record = CMSG_FIRSTHDR(header); record != nullptr; record = CMSG_NXTHDR(header, record)) {
    if (record->cmsg_level != SOL_SOCKET || record->cmsg_type != SCM_RIGHTS) continue;
    const int none = -1;
    unsigned char* end = reinterpret_cast<unsigned char*>(record) + record->cmsg_len;
    for (unsigned char* at = CMSG_DATA(record); at + sizeof none <= end; at += sizeof none) {
      int fd = none;
      memcpy(&fd, at, sizeof fd);
      close(fd);
      memcpy(at, &none, sizeof none);
    }
  }
}

bool ReadOptionalBytes(Napi::Object object, const char* name, Bytes* bytes) {
  Napi::Value value = object.Get(name);
  return value.IsEmpty() ? false : value.IsUndefined() || ReadBytes(value, name, bytes);
}

struct Outgoing {
  Bytes data, address, control;
};

bool ReadOutgoing(Napi::Env env, Napi::Array messages, std::vector<Outgoing>* list) {
  list->resize(messages.Length());
  for (uint32_t index = 0; index < list->size(); ++index) {
    Napi::Value value = messages.Get(index);
    if (value.IsEmpty()) return false;
    if (!value.IsObject()) {
      Napi::TypeError::New(env, "a message must be an object").ThrowAsJavaScriptException();
      return false;
    }
    Napi::Object object = value.As<Napi::Object>();
    Napi::Value data = object.Get("data");
    Outgoing& message = (*list)[index];
    if (data.IsEmpty() || !ReadBytes(data, "data", &message.data)) return false;
    if (!ReadOptionalBytes(object, "address", &message.address)) return false;
    if (!ReadOptionalBytes(object, "control", &message.control)) return false;
  }
  return true;
}

template <typename T>
T* Mutable(const uint8_t* data) {
  return const_cast<T*>(reinterpret_cast<const T*>(data));
}

std::vector<iovec> PiecesOf(const std::vector<Outgoing>& list) {
  std::vector<iovec> pieces(list.size());
  for (size_t index = 0; index < list.size(); ++index) {
    pieces[index] = {Mutable<void>(list[index].data.data), list[index].data.size};
  }
  return pieces;
}

std::vector<mmsghdr> HeadersOf(const std::vector<Outgoing>& list, std::vector<iovec>& pieces) {
  std::vector<mmsghdr> headers(list.size());
  for (size_t index = 0; index < list.size(); ++index) {
    msghdr& header = headers[index].msg_hdr;
    const Outgoing& message = list[index];
    header.msg_iov = &pieces[index];
    header.msg_iovlen = 1;
    header.msg_name = message.address.size > 0 ? Mutable<void>(message.address.data) : nullptr;
    header.msg_namelen = static_cast<socklen_t>(message.address.size);
    header.msg_control = message.control.size > 0 ? Mutable<void>(message.control.data) : nullptr;
    header.msg_controllen = message.control.size;
  }
  return headers;
}

// In as few calls as there can be. Counts those that have left; returns why the next one has not, or 0.
int SendAll(int fd, std::vector<mmsghdr>& headers, int flags, size_t* sent) {
  while (*sent < headers.size()) {
    size_t rest = headers.size() - *sent;
    unsigned count = static_cast<unsigned>(rest < mostPerCall ? rest : mostPerCall);
    int result = sendmmsg(fd, headers.data() + *sent, count, flags);
    if (result < 0 && errno == EINTR) continue;
    if (result < 0) return errno;
    *sent += static_cast<size_t>(result);
    // Sending the rest would tell why; it is asked for that by whoever wants to know.
    if (static_cast<unsigned>(result) < count) break;
  }
  return 0;
}

void CopyTo(std::vector<uint8_t>* memory, Bytes* bytes) {
  const uint8_t* place = memory->data() + memory->size();
  memory->insert(memory->end(), bytes->data, bytes->data + bytes->size);
  bytes->data = place;
}

napi_value ToObject(napi_env env, const Message& message) {
  const uint8_t* address = message.bytes.data() + message.dataSize;
  const uint8_t* control = address + message.addressSize;
  size_t controlLength = message.bytes.size() - message.dataSize - message.addressSize;
  napi_value truncated = nullptr;
  if (napi_get_boolean(env, message.truncated, &truncated) != napi_ok) return nullptr;
  return NewObject(env, {{"data", NewBytes(env, message.bytes.data(), message.dataSize)},
                         {"address", NewBytes(env, address, message.addressSize)},
                         {"control", NewBytes(env, control, controlLength)},
                         {"truncated", truncated}});
}

}  // namespace

napi_value ToArray(napi_env env, const std::vector<Message>& messages) {
  napi_value array = nullptr;
  if (napi_create_array_with_length(env, messages.size(), &array) != napi_ok) return nullptr;
  for (uint32_t index = 0; index < messages.size(); ++index) {
    napi_value message = ToObject(env, messages[index]);
    if (message == nullptr || napi_set_element(env, array, index, message) != napi_ok) return nullptr;
  }
  return array;
}

Manner MannerOf(int family, int type) {
  Manner manner;
  // Packet sockets refuse a flag that they have no use for.
  if (family == AF_UNIX) manner.flags = MSG_CMSG_CLOEXEC;
  int kind = type & 0xf;  // the rest of the number are SOCK_ flags
  manner.ordered = kind == SOCK_STREAM || kind == SOCK_SEQPACKET;
  return manner;
}

ReceiveBuffer::ReceiveBuffer(Manner manner, size_t count, size_t size)
    : manner_(manner),
      size_(size),
      data_(new uint8_t[count * size]),
      controls_(new uint8_t[count * controlSize]),
      addresses_(count),
      pieces_(count),
      headers_(count) {}

int ReceiveBuffer::Receive(int fd, size_t most, std::vector<Message>* messages) {
  size_t count = most < headers_.size() ? most : headers_.size();
  if (manner_.ordered) count = 1;
  Reset(count);
  int flags = MSG_DONTWAIT | manner_.flags;
  int received = recvmmsg(fd, headers_.data(), static_cast<unsigned>(count), flags, nullptr);
  if (received < 0) return -errno;
  for (int index = 0; index < received; ++index) messages->push_back(Copy(static_cast<size_t>(index)));
  return received;
}

void ReceiveBuffer::Reset(size_t count) {
  for (size_t index = 0; index < count; ++index) {
    pieces_[index] = {data_.get() + index * size_, size_};
    headers_[index] = {};
    msghdr& header = headers_[index].msg_hdr;
    header.msg_iov = &pieces_[index];
    header.msg_iovlen = 1;
    header.msg_name = &addresses_[index];
    header.msg_namelen = sizeof addresses_[index];
    header.msg_control = controls_.get() + index * controlSize;
    header.msg_controllen = controlSize;
  }
}

Message ReceiveBuffer::Copy(size_t index) {
  msghdr& header = headers_[index].msg_hdr;
  CloseAttachedDescriptors(&header);
  Message message;
  message.dataSize = headers_[index].msg_len < size_ ? headers_[index].msg_len : size_;
  message.addressSize = header.msg_namelen < sizeof(sockaddr_storage) ? header.msg_namelen : sizeof(sockaddr_storage);
  message.truncated = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;

  const uint8_t* data = data_.get() + index * size_;
  const uint8_t* address = reinterpret_cast<const uint8_t*>(&addresses_[index]);
  const uint8_t* control = static_cast<const uint8_t*>(header.msg_control);
  message.bytes.reserve(message.dataSize + message.addressSize + header.msg_controllen);
  message.bytes.insert(message.bytes.end(), data, data + message.dataSize);
  message.bytes.insert(message.bytes.end(), address, address + message.addressSize);
  message.bytes.insert(message.bytes.end(), control, control + header.msg_controllen);
  return message;
}

bool KeptMessages::Read(Napi::Env env, Napi::Array messages) {
  std::vector<Outgoing> list;
  if (!ReadOutgoing(env, messages, &list)) return false;
  size_t size = 0;
  for (const Outgoing& message : list) size += message.data.size + message.address.size + message.control.size;
  bytes_.clear();
  bytes_.reserve(size);  // nothing moves while the pieces are pointed at
  for (Outgoing& message : list) {
    for (Bytes* bytes : {&message.data, &message.address, &message.control}) CopyTo(&bytes_, bytes);
  }
  pieces_ = PiecesOf(list);
  headers_ = HeadersOf(list, pieces_);
  return true;
}

size_t KeptMessages::Send(int fd, int flags) {
  size_t sent = 0;
  SendAll(fd, headers_, flags, &sent);
  return sent;
}

Napi::Value SendMessages(Napi::Env env, int fd, Napi::Array messages, int flags) {
  std::vector<Outgoing> list;
  if (!ReadOutgoing(env, messages, &list)) return env.Undefined();
  std::vector<iovec> pieces = PiecesOf(list);
  std::vector<mmsghdr> headers = HeadersOf(list, pieces);
  size_t sent = 0;
  int error = SendAll(fd, headers, flags, &sent);
  if (error != 0 && sent == 0) return Throw(env, error, "sendmsg");
  return Napi::Value(env, NewNumber(env, static_cast<double>(sent)));
}
