/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Making threads.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>
#include <sys/sysent.h>

#include <vm/vm.h>

#include "cloudabi64_kern.h"
#include "cloudabi64_proto.h"
#include "cloudabi_kern.h"

/* What a thread needs to start on. */
#define	SMALLEST_STACK	128

struct start {
	cloudabi64_threadattr_t	attr;
	lwpid_t			tid;
};

/*
 * Called with the new thread before it runs.
 */
static int
initialize(struct thread *td, void *arg)
{
	struct start *start;
	uintptr_t stack;
	int error;

	start = arg;
	start->tid = td->td_tid;
	/* The TCB is at the upper end of the stack. */
	stack = rounddown2(start->attr.stack + start->attr.stack_len -
	    CLOUDABI64_TCB_SPACE, 16);
	error = cloudabi64_copyout_tcb(stack);
	if (error != 0)
		return (error);
	return (cloudabi64_thread_setregs(td, &start->attr, stack));
}

int
cloudabi64_sys_thread_create(struct thread *td,
    struct cloudabi64_sys_thread_create_args *uap)
{
	struct start start;
	uint64_t end;
	int error;

	error = copyin(uap->attr, &start.attr, sizeof(start.attr));
	if (error != 0)
		return (error);
	if (start.attr.stack_len < SMALLEST_STACK)
		return (EINVAL);
	end = start.attr.stack + start.attr.stack_len;
	if (end < start.attr.stack ||
	    end > td->td_proc->p_sysent->sv_maxuser ||
	    start.attr.entry_point >= td->td_proc->p_sysent->sv_maxuser ||
	    !cloudabi_accessible(td, start.attr.entry_point, 1,
	    VM_PROT_EXECUTE))
		return (EFAULT);
	error = thread_create(td, NULL, initialize, &start);
	if (error == EPROCLIM)
		error = EAGAIN;
	if (error != 0)
		return (error);
	td->td_retval[0] = start.tid;
	return (0);
}
