/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Processes: their end, signals, and making them.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/unistd.h>

#include "cloudabi_convert.h"
#include "cloudabi_kern.h"
#include "cloudabi_kinds.h"

int
cloudabi_sys_proc_exit(struct thread *td,
    struct cloudabi_sys_proc_exit_args *uap)
{

	exit1(td, uap->rval, 0);
	/* NOTREACHED */
}

int
cloudabi_sys_proc_raise(struct thread *td,
    struct cloudabi_sys_proc_raise_args *uap)
{
	struct proc *p;
	int host;

	if (cloudabi_signal_to_host(uap->sig, &host) != 0)
		return (EINVAL);
	/* Programs ignore it, also when it comes from themselves. */
	if (host == SIGPIPE)
		return (0);
	p = td->td_proc;
	PROC_LOCK(p);
	/* It is ignored when it comes from the kernel, and ends the program. */
	if (host == SIGXFSZ) {
		mtx_lock(&p->p_sigacts->ps_mtx);
		SIGDELSET(p->p_sigacts->ps_sigignore, SIGXFSZ);
		mtx_unlock(&p->p_sigacts->ps_mtx);
	}
	/*
	 * To this thread: it then takes effect before the thread is back in
	 * the program. Continuing is the whole process's affair.
	 */
	if (host == SIGCONT)
		kern_psignal(p, host);
	else
		tdsignal(td, host);
	PROC_UNLOCK(p);
	return (0);
}

int
cloudabi_sys_proc_fork(struct thread *td,
    struct cloudabi_sys_proc_fork_args *uap __unused)
{
	struct filecaps fcaps;
	struct fork_req fr;
	int error, fd;

	cloudabi_filecaps(&fcaps, CLOUDABI_KIND_PROCESS_BASE,
	    CLOUDABI_KIND_PROCESS_INHERITING, false);
	memset(&fr, 0, sizeof(fr));
	fr.fr_flags = RFFDG | RFPROC | RFPROCDESC;
	fr.fr_pd_fd = &fd;
	fr.fr_pd_fcaps = &fcaps;
	error = fork1(td, &fr);
	/* The kernel has taken the list if it made the descriptor. */
	filecaps_free(&fcaps);
	if (error != 0)
		return (error);
	td->td_retval[0] = fd;
	td->td_retval[1] = 0;
	return (0);
}
