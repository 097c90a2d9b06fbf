/*
 * How long threads, locks, waiting and processes take. ../guest/concurrency.rs does the same work through the ABI;
 * `cargo xtask bench hosts` compares.
 *
 * Usage: concurrency KIBIBYTES [ONLY]. Uses so much memory besides, so that copies of the process cost what they cost
 * there. Prints a line `NAME NANOSECONDS` for each kind of work whose name begins with ONLY.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Each kind of work goes on for at least so many nanoseconds. */
#define ENOUGH UINT64_C(100000000)

static const char *only = "";

static int wanted(const char *name) {
    return strncmp(name, only, strlen(only)) == 0;
}

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

static void say(const char *name, uint64_t elapsed, uint64_t times) {
    printf("%s %.3f\n", name, (double)elapsed / (double)times);
    fflush(stdout);
}

static void work(const char *name, void (*once)(void)) {
    for (uint64_t times = 1; wanted(name); times *= 2) {
        uint64_t start = now();
        for (uint64_t count = 0; count < times; count++) {
            once();
        }
        uint64_t elapsed = now() - start;
        if (elapsed >= ENOUGH) {
            say(name, elapsed, times);
            return;
        }
    }
}

/* Locks. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int go, stop;
static int inside;
static volatile uint64_t value;

static void alone(void) {
    pthread_mutex_lock(&lock);
    value += 1;
    pthread_mutex_unlock(&lock);
}

static void *contend(void *argument) {
    uint64_t *count = argument;
    while (!atomic_load_explicit(&go, memory_order_acquire)) {
        sched_yield();
    }
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        pthread_mutex_lock(&lock);
        for (int round = 0; round <= inside; round++) {
            value += 1;
        }
        pthread_mutex_unlock(&lock);
        *count += 1;
    }
    return NULL;
}

/* The number of one of the first two processors that this program may use. */
static int processor(int index) {
    cpu_set_t all;
    check(sched_getaffinity(0, sizeof all, &all) == 0, "sched_getaffinity");
    int found = 0;
    for (int number = 0, last = 0; number < CPU_SETSIZE && found <= index % 2; number++) {
        if (CPU_ISSET(number, &all)) {
            last = number;
            found++;
        }
        if (found > index % 2) {
            return last;
        }
    }
    return processor(0);
}

/* Ties a thread to a processor. */
static void pin(pthread_t thread, int index) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor(index), &one);
    check(pthread_setaffinity_np(thread, sizeof one, &one) == 0, "pthread_setaffinity_np");
}

static void contended(const char *name, int threads, int work_inside) {
    if (!wanted(name)) {
        return;
    }
    pthread_t handles[4];
    static _Alignas(128) uint64_t counts[4][16];
    memset(counts, 0, sizeof counts);
    inside = work_inside;
    atomic_store(&stop, 0);
    atomic_store(&go, 0);
    for (int index = 0; index < threads; index++) {
        check(pthread_create(&handles[index], NULL, contend, counts[index]) == 0, "pthread_create");
        pin(handles[index], index);
    }
    uint64_t start = now();
    atomic_store(&go, 1);
    struct timespec time = {0, 2 * ENOUGH};
    nanosleep(&time, NULL);
    atomic_store(&stop, 1);
    uint64_t elapsed = now() - start;
    uint64_t total = 0;
    for (int index = 0; index < threads; index++) {
        pthread_join(handles[index], NULL);
        total += counts[index][0];
    }
    say(name, elapsed, total);
}

/* Condition variables. */

#define TURNS 20000
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void *play(void *argument) {
    int me = *(int *)argument;
    pthread_mutex_lock(&lock);
    while (turn < TURNS) {
        if (turn % 2 == me) {
            turn += 1;
            pthread_cond_signal(&changed);
        } else {
            pthread_cond_wait(&changed, &lock);
        }
    }
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void ping_pong(void) {
    static int players[2] = {0, 1};
    pthread_t other;
    if (!wanted("condvar")) {
        return;
    }
    turn = 0;
    uint64_t start = now();
    check(pthread_create(&other, NULL, play, &players[1]) == 0, "pthread_create");
    play(&players[0]);
    pthread_join(other, NULL);
    say("condvar", now() - start, TURNS);
}

/* Threads. */

static void *nothing(void *argument) {
    return argument;
}

static void thread_once(void) {
    pthread_t handle;
    check(pthread_create(&handle, NULL, nothing, NULL) == 0, "pthread_create");
    pthread_join(handle, NULL);
}

/* Waiting. */

static struct pollfd places[1024];
static int places_used, places_ready;

static void poll_once(void) {
    check(poll(places, (nfds_t)places_used, -1) == places_ready, "poll");
}

/* Sockets, of which so many are ready. */
static void waiting(const char *name, int count, int ready) {
    int others[1024];
    if (!wanted(name)) {
        return;
    }
    places_used = count;
    places_ready = ready;
    for (int index = 0; index < count; index++) {
        int pair[2];
        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
        if (index >= count - ready) {
            check(write(pair[0], "x", 1) == 1, "write");
        }
        places[index] = (struct pollfd){.fd = pair[1], .events = POLLIN};
        others[index] = pair[0];
    }
    work(name, poll_once);
    for (int index = 0; index < count; index++) {
        close(places[index].fd);
        close(others[index]);
    }
}

/* Processes. */

static void fork_once(void) {
    pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) {
        _exit(0);
    }
    int status;
    check(waitpid(child, &status, 0) == child && status == 0, "waitpid");
}

static int ours;

static void round_trip_once(void) {
    char byte = 'x';
    check(write(ours, &byte, 1) == 1 && read(ours, &byte, 1) == 1, "round trip");
}

static void round_trips(void) {
    int pair[2];
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
    pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) {
        char byte;
        close(pair[0]);
        while (read(pair[1], &byte, 1) == 1 && write(pair[1], &byte, 1) == 1) {
        }
        _exit(0);
    }
    close(pair[1]);
    ours = pair[0];
    work("round trip", round_trip_once);
    close(ours);
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
    check(argc == 2 || argc == 3, "usage: concurrency KIBIBYTES [ONLY]");
    only = argc == 3 ? argv[2] : "";
    contended("lock/2/0", 2, 0);
    contended("lock/2/50", 2, 50);
    contended("lock/4/0", 4, 0);
    contended("lock/4/50", 4, 50);
    /* Not first: the C library does without atomic instructions until there has been a second thread. */
    work("lock/alone", alone);
    ping_pong();
    work("thread", thread_once);
    waiting("poll/1", 1, 1);
    waiting("poll/64", 64, 1);
    waiting("poll/1024", 1024, 1);
    waiting("poll/64 ready", 64, 64);
    size_t size = (size_t)atol(argv[1]) * 1024;
    if (size != 0) {
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(memory != MAP_FAILED, "mmap");
        memset(memory, 1, size);
    }
    work("fork", fork_once);
    round_trips();
    return 0;
}
