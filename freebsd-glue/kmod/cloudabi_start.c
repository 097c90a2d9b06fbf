/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What programs of all word sizes need when they start: the data that the
 * auxiliary vector points to, and the sandbox.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/exec.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/imgact.h>
#include <sys/libkern.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/random.h>
#include <sys/signalvar.h>
#include <sys/sx.h>
#include <sys/sysproto.h>

#include "cloudabi_kern.h"

/*
 * Puts a block below what is on the stack already, on a word's boundary.
 */
int
cloudabi_copyout_block(uintptr_t *sp, const void *data, size_t len,
    uintptr_t *address)
{

	*sp = rounddown2(*sp - len, sizeof(uint64_t));
	*address = *sp;
	return (copyout(data, (void *)*sp, len));
}

/*
 * Puts argument data, canary and the process's UUID on the stack.
 *
 * Argument data that came as strings are the strings, each with its NUL but
 * for the last one. So data with NUL bytes in it are given as several strings,
 * and proc_exec() adds one NUL to what a program gives it.
 */
int
cloudabi_copyout_start(struct image_params *imgp, uintptr_t *sp,
    uintptr_t *argdata, size_t *argdatalen, uintptr_t *canary, uintptr_t *pid)
{
	uint8_t random[CLOUDABI_CANARY_LEN], uuid[CLOUDABI_UUID_LEN];
	struct image_args *args;
	size_t len;
	int error;

	args = imgp->args;
	len = exec_args_get_begin_envv(args) - args->begin_argv;
	if (len > 0)
		len--;
	*argdatalen = len;
	error = cloudabi_copyout_block(sp, args->begin_argv, len, argdata);
	if (error != 0)
		return (error);
	arc4rand(random, sizeof(random), 0);
	error = cloudabi_copyout_block(sp, random, sizeof(random), canary);
	explicit_bzero(random, sizeof(random));
	if (error != 0)
		return (error);
	/* Version 4: random, but for the version and the variant. */
	arc4rand(uuid, sizeof(uuid), 0);
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	return (cloudabi_copyout_block(sp, uuid, sizeof(uuid), pid));
}

/*
 * Whether a program may be started with the descriptors that are open: a
 * program can send each of its descriptors away, so all must be of a kind that
 * can be sent. What is closed on exec does not matter.
 */
bool
cloudabi_descriptors_allowed(struct thread *td)
{
	struct filedesc *fdp;
	struct filedescent *fde;
	bool allowed;
	int fd, last;

	allowed = true;
	fdp = td->td_proc->p_fd;
	FILEDESC_SLOCK(fdp);
	last = fdlastfile(fdp);
	for (fd = 0; fd <= last && allowed; fd++) {
		fde = fdeget_noref(fdp, fd);
		if (fde == NULL || (fde->fde_flags & UF_EXCLOSE) != 0)
			continue;
		allowed = (fde->fde_file->f_ops->fo_flags &
		    DFLAG_PASSABLE) != 0;
	}
	FILEDESC_SUNLOCK(fdp);
	return (allowed);
}

/*
 * Called when the program is about to begin, and nothing can fail any more.
 */
void
cloudabi_enter_sandbox(struct thread *td)
{
	struct proc *p;

	(void)sys_cap_enter(td, NULL);
	td->td_retval[0] = 0;
	/* The kernel is not to make up for errors of old programs. */
	td->td_proc->p_osrel = __FreeBSD_version;
	/*
	 * Writing to nobody is an error of the call's, and no signal. So is
	 * making a file too large.
	 */
	p = td->td_proc;
	PROC_LOCK(p);
	mtx_lock(&p->p_sigacts->ps_mtx);
	SIGADDSET(p->p_sigacts->ps_sigignore, SIGPIPE);
	SIGADDSET(p->p_sigacts->ps_sigignore, SIGXFSZ);
	mtx_unlock(&p->p_sigacts->ps_mtx);
	SIGEMPTYSET(td->td_sigmask);
	PROC_UNLOCK(p);
}
