/*
 * How long system calls take. ../guest/bench.rs does the same work through the ABI; `cargo xtask bench` compares.
 *
 * Usage: calls DIRECTORY, in which are `file` and `a/b/c/d/file`. Prints a line `NAME NANOSECONDS` for each kind of
 * work, named after the call of the ABI that it is compared with.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Each sample of a kind of work goes on for at least so many nanoseconds. */
#define ENOUGH UINT64_C(2000000)

/* Of so many samples the quickest counts: what else the machine does only ever makes them slower. */
#define SAMPLES 20

static int device, directory, file, closed_fd;
static char buffer[64];

static void check(int condition, const char *what) {
    if (!condition) {
        perror(what);
        exit(1);
    }
}

static uint64_t now(void) {
    struct timespec time;
    check(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime");
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void clock_once(void) {
    struct timespec time;
    check(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime");
}

static void write_once(void) {
    struct iovec piece = {buffer, 1};
    check(writev(device, &piece, 1) == 1, "writev");
}

static void read_once(void) {
    struct iovec piece = {buffer, sizeof buffer};
    check(preadv(file, &piece, 1, 0) >= 0, "preadv");
}

static int open_beneath(const char *path) {
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    int fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
    check(fd >= 0, "openat2");
    return fd;
}

static void open_one_once(void) {
    check(close(open_beneath("file")) == 0, "close");
}

static void open_five_once(void) {
    check(close(open_beneath("a/b/c/d/file")) == 0, "close");
}

static void stat_one_once(void) {
    struct stat attributes;
    check(fstatat(directory, "file", &attributes, AT_SYMLINK_NOFOLLOW) == 0, "fstatat");
}

static void stat_five_once(void) {
    struct stat attributes;
    check(fstatat(directory, "a/b/c/d/file", &attributes, AT_SYMLINK_NOFOLLOW) == 0, "fstatat");
}

static void random_once(void) {
    check(getrandom(buffer, 16, 0) == 16, "getrandom");
}

static void failing_stat_once(void) {
    struct stat attributes;
    check(fstat(closed_fd, &attributes) == -1 && errno == EBADF, "fstat of a closed descriptor");
}

static uint64_t repeat(uint64_t times, void (*once)(void)) {
    uint64_t start = now();
    for (uint64_t count = 0; count < times; count++) {
        once();
    }
    return now() - start;
}

static void work(const char *name, void (*once)(void)) {
    uint64_t times = 1;
    uint64_t least;
    while ((least = repeat(times, once)) < ENOUGH) {
        times *= 2;
    }
    for (int sample = 1; sample < SAMPLES; sample++) {
        uint64_t elapsed = repeat(times, once);
        if (elapsed < least) {
            least = elapsed;
        }
    }
    printf("%s %.3f\n", name, (double)least / (double)times);
}

int main(int argc, char **argv) {
    check(argc == 2, "usage: calls DIRECTORY");
    directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(directory >= 0, argv[1]);
    device = open("/dev/null", O_RDWR | O_CLOEXEC);
    check(device >= 0, "/dev/null");
    file = open_beneath("file");
    closed_fd = open_beneath("file");
    check(close(closed_fd) == 0, "close");
    work("clock_time_get", clock_once);
    work("fd_write", write_once);
    work("fd_pread", read_once);
    work("file_open/1", open_one_once);
    work("file_open/5", open_five_once);
    work("file_stat_get/1", stat_one_once);
    work("file_stat_get/5", stat_five_once);
    work("random_get", random_once);
    work("file_stat_fget/closed", failing_stat_once);
    return 0;
}
