// Binds the thread functions, which glibc 2.32 and 2.34 gave new versions, to the versions they had before.
// With them the add-on loads on every glibc that Bun itself runs on. Include it where these functions are used.
#pragma once

#if defined(__x86_64__)
#define VIPWARD_OLDEST_GLIBC "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define VIPWARD_OLDEST_GLIBC "GLIBC_2.17"
#else
#error "state the first glibc version of this architecture"
#endif

__asm__(".symver pthread_create,pthread_create@" VIPWARD_OLDEST_GLIBC);
__asm__(".symver pthread_join,pthread_join@" VIPWARD_OLDEST_GLIBC);
__asm__(".symver pthread_sigmask,pthread_sigmask@" VIPWARD_OLDEST_GLIBC);
