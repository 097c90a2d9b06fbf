/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads: their end, and giving others a turn.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/sched.h>
#include <sys/syscallsubr.h>
#include <sys/umtxvar.h>

#include "cloudabi_kern.h"

int
cloudabi_sys_thread_exit(struct thread *td,
    struct cloudabi_sys_thread_exit_args *uap)
{

	/* Nobody is left to be told of an error. */
	(void)cloudabi_lock_release(td, (uintptr_t)uap->lock, uap->scope);
	/*
	 * From here on the thread's memory may be gone. This returns only in
	 * the last thread.
	 */
	umtx_thread_exit(td);
	(void)kern_thr_exit(td);
	exit1(td, 0, 0);
	/* NOTREACHED */
}

int
cloudabi_sys_thread_yield(struct thread *td __unused,
    struct cloudabi_sys_thread_yield_args *uap __unused)
{

	sched_relinquish(curthread);
	return (0);
}
