// The few functions of the C++ run-time library that our code and node-addon-api need.
//
// libstdc++ is not linked: a dynamic one would have to exist on the director, and a static one of a current
// distribution pulls in symbols that an older glibc lacks. Memory comes from malloc; running out of it, or
// breaking a container's rule, ends the process at once (it is crash-only, the supervisor starts it again).

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cstddef>
#include <new>
#include <string>

namespace {

[[noreturn]] void Die(const char* reason) {
  const char prefix[] = "native: ";
  ssize_t ignored = write(STDERR_FILENO, prefix, sizeof prefix - 1);
  ignored = write(STDERR_FILENO, reason, strlen(reason));
  ignored = write(STDERR_FILENO, "\n", 1);
  (void)ignored;
  abort();
}

void* AllocateOrDie(std::size_t size) {
  void* memory = malloc(size == 0 ? 1 : size);
  if (memory == nullptr) Die("out of memory");
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return AllocateOrDie(size); }
void* operator new[](std::size_t size) { return AllocateOrDie(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return malloc(size == 0 ? 1 : size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return malloc(size == 0 ? 1 : size); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { free(memory); }

// std::string's members, which every other file expects to find compiled somewhere.
template class std::basic_string<char>;

namespace std {
void __throw_bad_alloc() { Die("out of memory"); }
void __throw_bad_array_new_length() { Die("array too long"); }
void __throw_bad_function_call() { Die("call of an empty function"); }
void __throw_length_error(const char* what) { Die(what); }
void __throw_logic_error(const char* what) { Die(what); }
void __throw_out_of_range_fmt(const char* what, ...) { Die(what); }
void __throw_system_error(int) { Die("a mutex could not be used"); }
}  // namespace std

extern "C" void __cxa_pure_virtual() { Die("call of a pure virtual function"); }
