// Writes a line to the descriptor that is its whole argument.

#include "program.h"

// The first byte of a descriptor in argument data. Four bytes follow: its number, the highest first.
enum { ARGUMENT_FD = 3 };

static const char line[] = "hello from C\n";

cloudabi_exitcode_t program_main(const uint8_t *arguments, size_t length) {
  if (length != 5 || arguments[0] != ARGUMENT_FD)
    return 2;
  cloudabi_fd_t output = (cloudabi_fd_t)arguments[1] << 24 | (cloudabi_fd_t)arguments[2] << 16 |
                         (cloudabi_fd_t)arguments[3] << 8 | arguments[4];

  size_t done = 0;
  while (done < sizeof(line) - 1) {
    cloudabi_ciovec_t rest = {.buf = line + done, .buf_len = sizeof(line) - 1 - done};
    size_t written;
    if (CALL(cloudabi_sys_fd_write)(output, &rest, 1, &written) != CLOUDABI_ESUCCESS)
      return 1;
    done += written;
  }
  return 0;
}
