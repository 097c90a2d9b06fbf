/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Condition variables.
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

/* What the word says while somebody waits. */
#define	HAS_WAITERS	1

/*
 * Begins to wait, and releases the lock: one step for all who signal.
 */
static int
begin(struct thread *td, struct cloudabi_queue *q,
    struct cloudabi_waiter *waiter, uintptr_t condvar, uintptr_t lock,
    cloudabi_scope_t lock_scope)
{
	struct cloudabi_queue *partner;
	uint32_t word;
	bool marked;
	int error;

	error = cloudabi_queue_enter(lock, lock_scope, CLOUDABI_LOCKS,
	    &partner);
	if (error != 0)
		return (error);
	error = cloudabi_lock_check(td, lock);
	if (error == 0 && !TAILQ_EMPTY(&q->waiters) && 
	    !umtx_key_match(&q->partner, &partner->key))
		error = EINVAL;
	/* Somebody is said to wait, and nobody does, but in a copy. */
	if (error == 0)
		error = cloudabi_word_load(condvar, &word);
	if (error == 0 && TAILQ_EMPTY(&q->waiters) &&
	    word != CLOUDABI_CONDVAR_HAS_NO_WAITERS &&
	    (td->td_proc->p_acflag & AFORK) == 0)
		error = EINVAL;
	marked = false;
	if (error == 0) {
		marked = suword32((void *)condvar, HAS_WAITERS) == 0;
		error = marked ? 0 : EFAULT;
	}
	if (error == 0)
		error = cloudabi_lock_pass(td, partner, lock);
	if (error == 0) {
		/* Only ever compared. */
		q->partner = partner->key;
		waiter->tid = td->td_tid;
		waiter->write = true;
		waiter->done = false;
		TAILQ_INSERT_TAIL(&q->waiters, waiter, link);
	} else if (marked && TAILQ_EMPTY(&q->waiters)) {
		(void)suword32((void *)condvar,
		    CLOUDABI_CONDVAR_HAS_NO_WAITERS);
	}
	cloudabi_queue_leave(partner);
	return (error);
}

/*
 * Takes the lock again. It is not refused for less than the end of the thread:
 * if another thread needs this one to stand still for a moment, it does so
 * here, where it holds nothing.
 */
static int
retake(struct thread *td, uintptr_t lock, cloudabi_scope_t scope)
{
	struct proc *p;
	int error;

	p = td->td_proc;
	for (;;) {
		error = cloudabi_lock_acquire(td, lock, scope, true, NULL);
		if ((error != EINTR && error != ERESTART) || SIGPENDING(td))
			return (error);
		PROC_LOCK(p);
		thread_suspend_check(0);
		PROC_UNLOCK(p);
	}
}

/*
 * Whether the thread does not come back to the program: another thread ends
 * the process, or a signal is about to. Programs have no handlers, so each one
 * does that neither stops nor is ignored, and those are not kept.
 */
static bool
is_ending(struct thread *td)
{
	struct proc *p;
	sigset_t pending;
	bool ending;

	p = td->td_proc;
	PROC_LOCK(p);
	pending = p->p_sigqueue.sq_signals;
	SIGSETOR(pending, td->td_sigqueue.sq_signals);
	SIGSETNAND(pending, td->td_sigmask);
	SIGDELSET(pending, SIGSTOP);
	SIGDELSET(pending, SIGTSTP);
	SIGDELSET(pending, SIGTTIN);
	SIGDELSET(pending, SIGTTOU);
	SIGDELSET(pending, SIGCONT);
	ending = !SIGISEMPTY(pending) ||
	    (p->p_flag & (P_WEXIT | P_SINGLE_EXIT)) != 0;
	PROC_UNLOCK(p);
	return (ending);
}

/*
 * Waits for a signal. EWOULDBLOCK: it did not come in time. The lock is held
 * again in both cases.
 */
int
cloudabi_condvar_wait(struct thread *td, uintptr_t condvar,
    cloudabi_scope_t condvar_scope, uintptr_t lock,
    cloudabi_scope_t lock_scope, const struct cloudabi_deadline *deadline)
{
	struct cloudabi_queue *q;
	struct cloudabi_waiter waiter;
	int error, lock_error;

	error = cloudabi_queue_enter(condvar, condvar_scope,
	    CLOUDABI_CONDVARS, &q);
	if (error != 0)
		return (error);
	error = begin(td, q, &waiter, condvar, lock, lock_scope);
	if (error != 0) {
		cloudabi_queue_leave(q);
		return (error);
	}
	while (!waiter.done && error == 0)
		error = cloudabi_queue_sleep(td, q, &waiter, deadline);
	if (waiter.done) {
		error = 0;
	} else {
		TAILQ_REMOVE(&q->waiters, &waiter, link);
		if (TAILQ_EMPTY(&q->waiters))
			(void)suword32((void *)condvar,
			    CLOUDABI_CONDVAR_HAS_NO_WAITERS);
	}
	cloudabi_queue_leave(q);

	/* Nobody could release a lock that it took with it. */
	if (is_ending(td))
		return (EINTR);
	/* After an interruption the program finds itself woken. */
	if (error == EINTR || error == ERESTART)
		error = 0;
	lock_error = retake(td, lock, lock_scope);
	return (lock_error != 0 ? lock_error : error);
}

int
cloudabi_sys_condvar_signal(struct thread *td __unused,
    struct cloudabi_sys_condvar_signal_args *uap)
{
	struct cloudabi_queue *q;
	struct cloudabi_waiter *waiter;
	cloudabi_nthreads_t left;
	bool empty;
	int error;

	error = cloudabi_queue_enter((uintptr_t)uap->condvar, uap->scope,
	    CLOUDABI_CONDVARS, &q);
	if (error != 0)
		return (error);
	left = uap->nwaiters;
	TAILQ_FOREACH(waiter, &q->waiters, link) {
		if (left == 0)
			break;
		left--;
	}
	empty = waiter == NULL;
	/* The word first: if it cannot be written, nothing happens. */
	if (suword32((void *)uap->condvar, empty ?
	    CLOUDABI_CONDVAR_HAS_NO_WAITERS : HAS_WAITERS) != 0) {
		cloudabi_queue_leave(q);
		return (EFAULT);
	}
	for (left = uap->nwaiters; left > 0; left--) {
		waiter = TAILQ_FIRST(&q->waiters);
		if (waiter == NULL)
			break;
		TAILQ_REMOVE(&q->waiters, waiter, link);
		waiter->done = true;
		wakeup(waiter);
	}
	cloudabi_queue_leave(q);
	return (0);
}
