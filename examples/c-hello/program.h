// What a freestanding program in C begins with: program.c has the entry point, and calls program_main().

#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include <cloudabi_syscalls.h>

// The program's own function. What it returns is the exit code.
cloudabi_exitcode_t program_main(const uint8_t *arguments, size_t length);

// The host's function of this name, or null if the host has none.
void *host_function(const char *name);

// A call, by its name in cloudabi_syscalls.h, with its type from there:
//     errno = CALL(cloudabi_sys_fd_write)(fd, iovs, 1, &written);
#define CALL(name) ((__typeof__(&name))host_function(#name))

#endif
