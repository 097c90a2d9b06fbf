/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * 64-bit programs on amd64: registers.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/exec.h>
#include <sys/imgact.h>
#include <sys/proc.h>
#include <sys/sysent.h>

#include <machine/frame.h>
#include <machine/md_var.h>
#include <machine/pcb.h>
#include <machine/psl.h>

#include "cloudabi64_kern.h"
#include "cloudabi64_proto.h"
#include "cloudabi64_syscall.h"
#include "cloudabi_compat.h"
#include "cloudabi_kern.h"

/* In registers: rdi, rsi, rdx, r10 (where rcx was), r8, r9. */
#define	REGISTER_ARGUMENTS	6

/* They lie in the frame in this order. */
_Static_assert(offsetof(struct trapframe, tf_r9) -
    offsetof(struct trapframe, tf_rdi) ==
    (REGISTER_ARGUMENTS - 1) * sizeof(register_t) &&
    offsetof(struct trapframe, tf_rcx) - offsetof(struct trapframe, tf_rdi) ==
    3 * sizeof(register_t), "arguments side by side");

/* As it is after a call instruction. */
#define	ENTRY_STACK(sp)	((((sp) - 8) & ~15UL) + 8)

/*
 * The word at the thread pointer points to the TCB, which follows it. The
 * host has no use for what is in there.
 */
int
cloudabi64_copyout_tcb(uintptr_t address)
{
	struct {
		uint64_t		pointer;
		cloudabi64_tcb_t	tcb;
	} area;

	_Static_assert(sizeof(area) == CLOUDABI64_TCB_SPACE, "no padding");
	area.pointer = address + sizeof(area.pointer);
	area.tcb.parent = 0;
	return (copyout(&area, (void *)address, sizeof(area)));
}

void
cloudabi64_setregs(struct thread *td, struct image_params *imgp,
    uintptr_t stack_base)
{

	exec_setregs(td, imgp, stack_base);
	td->td_frame->tf_rdi = cloudabi64_auxv(stack_base);
	td->td_frame->tf_rsp = ENTRY_STACK(stack_base);
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
	sa->code = frame->tf_rax;
	sa->original_code = sa->code;
	td->td_retval[0] = 0;
	td->td_retval[1] = 0;
	/* The kernel looks at the entry even if the call is refused. */
	if ((uint64_t)frame->tf_rax >= CLOUDABI64_SYS_MAXSYSCALL) {
		sa->callp = &cloudabi64_sysent[0];
		return (ENOSYS);
	}
	sa->callp = &cloudabi64_sysent[sa->code];
	_Static_assert(nitems(sa->args) >= REGISTER_ARGUMENTS, "room");
	memcpy(sa->args, &frame->tf_rdi,
	    REGISTER_ARGUMENTS * sizeof(sa->args[0]));
	return (cloudabi64_check_results(td, frame->tf_rip));
}

/*
 * What the child of a fork sees.
 */
void
cloudabi64_set_fork_retval(struct thread *td)
{

	td->td_frame->tf_rax = CLOUDABI_PROCESS_CHILD;
	td->td_frame->tf_rdx = td->td_tid;
	td->td_frame->tf_rflags &= ~PSL_C;
}

void
cloudabi64_schedtail(struct thread *td __unused)
{

	/* The registers are set when the child is made. */
}

/*
 * Makes a stub of the vDSO that cannot store a result return EFAULT. What it
 * had put on the stack it has taken off before, so any return instruction of
 * the image will do, at whatever place in it.
 */
bool
cloudabi64_leave_stub(struct thread *td, uintptr_t vdso)
{
	const char *ret;
	uintptr_t address, pc;

	pc = td->td_frame->tf_rip;
	if (pc < vdso || pc >= vdso + cloudabi64_vdso_size())
		return (false);
	ret = memchr(cloudabi64_vdso_start, 0xc3,
	    cloudabi64_vdso_end - cloudabi64_vdso_start);
	if (ret == NULL)
		return (false);
	address = vdso + (ret - cloudabi64_vdso_start);
	/* It is the stack that is bad. */
	if (pc == address)
		return (false);
	td->td_frame->tf_rax = CLOUDABI_EFAULT;
	td->td_frame->tf_rip = address;
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
	td->td_frame->tf_rsp = ENTRY_STACK(stack);
	td->td_frame->tf_rdi = td->td_tid;
	td->td_frame->tf_rsi = attr->argument;
	return (cloudabi_set_user_tls(td, (void *)stack));
}
