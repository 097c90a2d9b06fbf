/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * 64-bit programs on arm64: registers.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/exec.h>
#include <sys/imgact.h>
#include <sys/proc.h>
#include <sys/sysent.h>

#include <machine/armreg.h>
#include <machine/frame.h>

#include "cloudabi64_kern.h"
#include "cloudabi64_proto.h"
#include "cloudabi64_syscall.h"
#include "cloudabi_compat.h"
#include "cloudabi_kern.h"

/* The number is in x8, arguments are in x0 to x5. */
#define	NUMBER_REGISTER		8
#define	REGISTER_ARGUMENTS	6

#define	ENTRY_STACK(sp)	((sp) & ~15UL)

/*
 * The thread pointer points to the TCB.
 */
int
cloudabi64_copyout_tcb(uintptr_t address)
{
	char area[CLOUDABI64_TCB_SPACE];

	memset(area, 0, sizeof(area));
	return (copyout(area, (void *)address, sizeof(area)));
}

void
cloudabi64_setregs(struct thread *td, struct image_params *imgp,
    uintptr_t stack_base)
{

	exec_setregs(td, imgp, stack_base);
	td->td_frame->tf_x[0] = cloudabi64_auxv(stack_base);
	td->td_frame->tf_sp = ENTRY_STACK(stack_base);
	(void)cloudabi_set_user_tls(td, (void *)stack_base);
	cloudabi64_catch_faults(td);
	cloudabi_enter_sandbox(td);
}

int
cloudabi64_fetch_syscall_args(struct thread *td)
{
	struct syscall_args *sa;
	struct trapframe *frame;

	frame = td->td_frame;
	sa = &td->td_sa;
	sa->code = frame->tf_x[NUMBER_REGISTER];
	sa->original_code = sa->code;
	td->td_retval[0] = 0;
	td->td_retval[1] = 0;
	/* The kernel looks at the entry even if the call is refused. */
	if ((uint64_t)frame->tf_x[NUMBER_REGISTER] >=
	    CLOUDABI64_SYS_MAXSYSCALL) {
		sa->callp = &cloudabi64_sysent[0];
		return (ENOSYS);
	}
	sa->callp = &cloudabi64_sysent[sa->code];
	_Static_assert(nitems(sa->args) >= REGISTER_ARGUMENTS, "room");
	memcpy(sa->args, frame->tf_x,
	    REGISTER_ARGUMENTS * sizeof(sa->args[0]));
	return (cloudabi64_check_results(td, frame->tf_elr));
}

void
cloudabi64_set_fork_retval(struct thread *td __unused)
{

	/* Not called here; the child sets its registers as it begins. */
}

/*
 * Called in each new thread as it begins. The child of a fork has its parent's
 * registers, the call's number among them.
 */
void
cloudabi64_schedtail(struct thread *td)
{

	if (td->td_frame->tf_x[NUMBER_REGISTER] !=
	    CLOUDABI64_SYS_cloudabi_sys_proc_fork)
		return;
	td->td_frame->tf_x[0] = CLOUDABI_PROCESS_CHILD;
	td->td_frame->tf_x[1] = td->td_tid;
	td->td_frame->tf_spsr &= ~PSR_C;
}

/*
 * Makes a stub of the vDSO that cannot store a result return EFAULT. What it
 * had put on the stack it has taken off before, and the address to return to
 * is where it was.
 */
bool
cloudabi64_leave_stub(struct thread *td, uintptr_t vdso)
{
	uintptr_t pc;

	pc = td->td_frame->tf_elr;
	if (pc < vdso || pc >= vdso + cloudabi64_vdso_size())
		return (false);
	td->td_frame->tf_x[0] = CLOUDABI_EFAULT;
	td->td_frame->tf_elr = td->td_frame->tf_lr;
	return (true);
}

int
cloudabi64_thread_setregs(struct thread *td,
    const cloudabi64_threadattr_t *attr, uintptr_t stack)
{
	stack_t ss;
	int error;

	ss.ss_sp = (void *)attr->stack;
	ss.ss_size = stack - attr->stack;
	ss.ss_flags = 0;
	error = cloudabi_set_upcall(td, (void (*)(void *))attr->entry_point,
	    NULL, &ss);
	if (error != 0)
		return (error);
	td->td_frame->tf_sp = ENTRY_STACK(stack);
	td->td_frame->tf_x[0] = td->td_tid;
	td->td_frame->tf_x[1] = attr->argument;
	/* This thread comes from no fork. */
	td->td_frame->tf_x[NUMBER_REGISTER] = 0;
	return (cloudabi_set_user_tls(td, (void *)stack));
}
