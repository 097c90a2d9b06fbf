/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Locks: words that programs take and release by themselves while nobody has
 * to wait. Once somebody waits, the word says so, and its last holder comes
 * here to pass it on.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/acct.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/signalvar.h>

#include "cloudabi_kern.h"
#include "cloudabi_queue.h"

#define	WRLOCKED	CLOUDABI_LOCK_WRLOCKED
#define	MANAGED		CLOUDABI_LOCK_KERNEL_MANAGED
/* The lower bits: the writer, or the number of readers. */
#define	LOWER(word)	((word) & ~(WRLOCKED | MANAGED))

/*
 * What becomes of a word when a thread wants the lock: taken, or marked as one
 * that is waited for.
 */
static int
next_word(const struct thread *td, const struct cloudabi_queue *q, bool write,
    uint32_t old, uint32_t *new, bool *taken)
{

	cloudabi_tid_t tid;

	tid = td->td_tid;
	*taken = false;
	if ((old & WRLOCKED) != 0 && LOWER(old) == tid)
		return (EDEADLK);
	/*
	 * Somebody is said to wait, and nobody does. In a copy of a process
	 * that may be so: those who waited were not copied.
	 */
	if ((old & MANAGED) != 0 && TAILQ_EMPTY(&q->waiters) &&
	    (old == MANAGED || (td->td_proc->p_acflag & AFORK) == 0))
		return (EINVAL);
	if (write && old == CLOUDABI_LOCK_UNLOCKED) {
		*taken = true;
		*new = WRLOCKED | tid;
	} else if (!write && (old & (WRLOCKED | MANAGED)) == 0) {
		/* No room for one reader more. */
		if (LOWER(old + 1) == 0)
			return (EINVAL);
		*taken = true;
		*new = old + 1;
	} else {
		*new = old | MANAGED;
	}
	return (0);
}

/*
 * Lets all waiting readers in beside those that hold the lock, if no writer
 * waits any more.
 */
static void
admit_readers(struct cloudabi_queue *q, uintptr_t lock)
{
	struct cloudabi_waiter *waiter;
	uint32_t old, readers;
	int error;

	readers = 0;
	TAILQ_FOREACH(waiter, &q->waiters, link)
		readers++;
	do {
		error = cloudabi_word_load(lock, &old);
		if (error != 0 || (old & WRLOCKED) != 0)
			return;
		error = cloudabi_word_swap(lock, old, (old & ~MANAGED) +
		    readers);
	} while (error == EAGAIN);
	if (error != 0)
		return;
	while ((waiter = TAILQ_FIRST(&q->waiters)) != NULL) {
		TAILQ_REMOVE(&q->waiters, waiter, link);
		waiter->done = true;
		wakeup(waiter);
	}
}

/*
 * Takes a thread that gives up out of the queue, and puts right what it
 * leaves.
 */
static void
give_up(struct cloudabi_queue *q, struct cloudabi_waiter *waiter,
    uintptr_t lock)
{
	uint32_t old;
	int error;

	TAILQ_REMOVE(&q->waiters, waiter, link);
	if (waiter->write)
		q->writers--;
	if (!TAILQ_EMPTY(&q->waiters)) {
		if (q->writers == 0)
			admit_readers(q, lock);
		return;
	}
	do {
		error = cloudabi_word_load(lock, &old);
		if (error == 0)
			error = cloudabi_word_swap(lock, old, old & ~MANAGED);
	} while (error == EAGAIN);
}

/*
 * Whether the process is about to be killed, so that the thread will never be
 * back in the program.
 */
static bool
is_dying(struct thread *td)
{
	struct proc *p;
	bool dying;

	p = td->td_proc;
	PROC_LOCK(p);
	dying = (p->p_flag & P_WEXIT) != 0 ||
	    SIGISMEMBER(p->p_siglist, SIGKILL) ||
	    SIGISMEMBER(td->td_siglist, SIGKILL);
	PROC_UNLOCK(p);
	return (dying);
}

/*
 * Releases a lock that the thread was given and will not use.
 */
static void
give_back(struct thread *td, struct cloudabi_queue *q, uintptr_t lock,
    bool write)
{
	uint32_t new, old;
	int error;

	if (write) {
		(void)cloudabi_lock_pass(td, q, lock);
		return;
	}
	do {
		error = cloudabi_word_load(lock, &old);
		if (error != 0 || (old & WRLOCKED) != 0 || LOWER(old) == 0)
			return;
		/* The last reader passes it on as a writer does. */
		new = (old & MANAGED) != 0 && LOWER(old) == 1 ?
		    (MANAGED | WRLOCKED | (uint32_t)td->td_tid) : old - 1;
		error = cloudabi_word_swap(lock, old, new);
	} while (error == EAGAIN);
	if (error == 0 && (new & WRLOCKED) != 0)
		(void)cloudabi_lock_pass(td, q, lock);
}

/*
 * Takes a lock, waiting for it if need be. EWOULDBLOCK: not in time.
 */
int
cloudabi_lock_acquire(struct thread *td, uintptr_t lock,
    cloudabi_scope_t scope, bool write,
    const struct cloudabi_deadline *deadline)
{
	struct cloudabi_queue *q;
	struct cloudabi_waiter waiter;
	uint32_t new, old;
	bool taken;
	int error;

	error = cloudabi_queue_enter(lock, scope, CLOUDABI_LOCKS, &q);
	if (error != 0)
		return (error);
	do {
		error = cloudabi_word_load(lock, &old);
		if (error == 0)
			error = next_word(td, q, write, old, &new, &taken);
		if (error == 0)
			error = cloudabi_word_swap(lock, old, new);
		if (error == EAGAIN)
			maybe_yield();
	} while (error == EAGAIN);
	if (error != 0 || taken)
		goto out;

	waiter.tid = td->td_tid;
	waiter.write = write;
	waiter.done = false;
	TAILQ_INSERT_TAIL(&q->waiters, &waiter, link);
	if (write)
		q->writers++;
	while (!waiter.done && error == 0)
		error = cloudabi_queue_sleep(td, q, &waiter, deadline);
	if (!waiter.done) {
		give_up(q, &waiter, lock);
	} else if (is_dying(td)) {
		/* Nobody else would ever release it. */
		give_back(td, q, lock, write);
		error = EINTR;
	} else {
		error = 0;
	}
out:
	cloudabi_queue_leave(q);
	return (error);
}

/*
 * Whether the thread holds the lock for writing.
 */
int
cloudabi_lock_check(struct thread *td, uintptr_t lock)
{
	uint32_t word;
	int error;

	error = cloudabi_word_load(lock, &word);
	if (error != 0)
		return (error);
	return ((word & ~MANAGED) == (WRLOCKED | (uint32_t)td->td_tid) ?
	    0 : EPERM);
}

/*
 * Passes a lock that the thread holds for writing to the writer that has
 * waited longest, or else to all readers, or releases it.
 */
int
cloudabi_lock_pass(struct thread *td, struct cloudabi_queue *q, uintptr_t lock)
{
	struct cloudabi_waiter *next, *waiter;
	uint32_t new, old, readers;
	int error;

	next = NULL;
	readers = 0;
	TAILQ_FOREACH(waiter, &q->waiters, link) {
		if (!waiter->write) {
			readers++;
		} else if (next == NULL) {
			next = waiter;
		}
	}
	if (next != NULL) {
		new = WRLOCKED | next->tid;
		if (readers > 0 || q->writers > 1)
			new |= MANAGED;
	} else {
		new = readers;
	}
	do {
		error = cloudabi_word_load(lock, &old);
		/* First whether the word can be written at all. */
		if (error == 0)
			error = cloudabi_word_swap(lock, old, old);
		if (error == 0 && (old & ~MANAGED) !=
		    (WRLOCKED | (uint32_t)td->td_tid))
			error = EPERM;
		if (error == 0)
			error = cloudabi_word_swap(lock, old, new);
	} while (error == EAGAIN);
	if (error != 0)
		return (error);
	if (next != NULL) {
		TAILQ_REMOVE(&q->waiters, next, link);
		q->writers--;
		next->done = true;
		wakeup(next);
		return (0);
	}
	while ((waiter = TAILQ_FIRST(&q->waiters)) != NULL) {
		TAILQ_REMOVE(&q->waiters, waiter, link);
		waiter->done = true;
		wakeup(waiter);
	}
	return (0);
}

int
cloudabi_lock_release(struct thread *td, uintptr_t lock,
    cloudabi_scope_t scope)
{
	struct cloudabi_queue *q;
	int error;

	error = cloudabi_queue_enter(lock, scope, CLOUDABI_LOCKS, &q);
	if (error != 0)
		return (error);
	error = cloudabi_lock_pass(td, q, lock);
	cloudabi_queue_leave(q);
	return (error);
}

int
cloudabi_sys_lock_unlock(struct thread *td,
    struct cloudabi_sys_lock_unlock_args *uap)
{

	return (cloudabi_lock_release(td, (uintptr_t)uap->lock, uap->scope));
}
