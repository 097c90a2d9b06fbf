/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Faults. Results of calls are stored by the vDSO, in the program itself, and
 * where a program gave it a bad address, the call is to fail. So the two
 * signals that tell of bad addresses are caught, by the kernel for itself. All
 * other faults end the process as if they were not.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/syscallsubr.h>
#include <sys/sysent.h>

#include <vm/vm.h>

#include "cloudabi64_kern.h"
#include "cloudabi64_syscall.h"
#include "cloudabi_kern.h"

/*
 * Called when a caught signal is to be delivered.
 */
void
cloudabi64_sendsig(sig_t catcher __unused, ksiginfo_t *ksi,
    sigset_t *mask __unused)
{
	struct proc *p;
	struct thread *td;

	td = curthread;
	p = td->td_proc;
	PROC_LOCK_ASSERT(p, MA_OWNED);
	if ((ksi->ksi_flags & KSI_TRAP) != 0 &&
	    cloudabi64_leave_stub(td, p->p_sysent->sv_usrstack))
		return;
	mtx_unlock(&p->p_sigacts->ps_mtx);
	sigexit(td, ksi->ksi_signo);
	/* NOTREACHED */
}

/*
 * Where a call made something that would be lost with its result, the address
 * of the result is looked at before. It is still in the register behind those
 * of the inputs when a stub of the vDSO makes the call.
 */
int
cloudabi64_check_results(struct thread *td, uintptr_t pc)
{
	struct syscall_args *sa;
	uintptr_t vdso;
	u_int i, results;

	sa = &td->td_sa;
	switch (sa->code) {
	case CLOUDABI64_SYS_cloudabi_sys_fd_create1:
	case CLOUDABI64_SYS_cloudabi_sys_fd_dup:
	case CLOUDABI64_SYS_cloudabi_sys_file_open:
	case CLOUDABI64_SYS_cloudabi64_sys_thread_create:
		results = 1;
		break;
	case CLOUDABI64_SYS_cloudabi_sys_fd_create2:
	case CLOUDABI64_SYS_cloudabi_sys_proc_fork:
		results = 2;
		break;
	default:
		return (0);
	}
	vdso = td->td_proc->p_sysent->sv_usrstack;
	if (pc < vdso || pc >= vdso + cloudabi64_vdso_size())
		return (0);
	for (i = 0; i < results; i++)
		if (!cloudabi_accessible(td, sa->args[sa->callp->sy_narg + i],
		    sizeof(uint32_t), VM_PROT_WRITE))
			return (EFAULT);
	return (0);
}

/*
 * Called when a program begins. The handler's address is never used.
 */
void
cloudabi64_catch_faults(struct thread *td)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = (sig_t)td->td_proc->p_sysent->sv_usrstack;
	action.sa_flags = SA_NODEFER;
	(void)kern_sigaction(td, SIGSEGV, &action, NULL, 0);
	(void)kern_sigaction(td, SIGBUS, &action, NULL, 0);
}
