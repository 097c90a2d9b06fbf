/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Replacing the program.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/exec.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/imgact.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/sx.h>
#include <sys/syscallsubr.h>

#include <vm/vm.h>

#include "cloudabi_kern.h"

static MALLOC_DEFINE(M_CLOUDABI_EXEC, "cloudabi_exec",
    "descriptors for CloudABI programs");

/*
 * The descriptors that the new program is to have, in order. They are held
 * here from before the exec on, so that another thread cannot exchange them,
 * and wait in td_emuldata until the old program is gone.
 */
struct cloudabi_inheritance {
	size_t		count;
	struct {
		struct file	*fp;
		struct filecaps	 fcaps;
	} fds[];
};

static void
release(struct thread *td, struct cloudabi_inheritance *inheritance)
{
	size_t i;

	for (i = 0; i < inheritance->count; i++) {
		if (inheritance->fds[i].fp == NULL)
			continue;
		fdrop(inheritance->fds[i].fp, td);
		filecaps_free(&inheritance->fds[i].fcaps);
	}
	free(inheritance, M_CLOUDABI_EXEC);
}

static int
collect(struct thread *td, const cloudabi_fd_t *ufds, size_t count,
    struct cloudabi_inheritance **inheritancep)
{
	struct cloudabi_holding holding;
	struct cloudabi_inheritance *inheritance;
	cloudabi_fd_t *fds;
	struct file *fp;
	size_t i;
	int error;

	if (count > SIZE_MAX / sizeof(*fds) || !cloudabi_accessible(td,
	    (uintptr_t)ufds, count * sizeof(*fds), VM_PROT_READ))
		return (EFAULT);
	if (count > (size_t)lim_cur(td, RLIMIT_NOFILE))
		return (EMFILE);
	fds = mallocarray(MAX(count, 1), sizeof(*fds), M_TEMP, M_WAITOK);
	error = copyin(ufds, fds, count * sizeof(*fds));
	if (error != 0) {
		free(fds, M_TEMP);
		return (error);
	}
	inheritance = malloc(sizeof(*inheritance) + count *
	    sizeof(inheritance->fds[0]), M_CLOUDABI_EXEC, M_WAITOK | M_ZERO);
	for (i = 0; i < count && error == 0; i++) {
		error = cloudabi_hold(td, fds[i], &fp, &holding);
		if (error != 0)
			break;
		if ((fp->f_ops->fo_flags & DFLAG_PASSABLE) == 0) {
			fdrop(fp, td);
			error = EOPNOTSUPP;
			break;
		}
		inheritance->fds[i].fp = fp;
		cloudabi_filecaps(&inheritance->fds[i].fcaps, holding.base,
		    holding.inheriting, holding.pair);
		inheritance->count = i + 1;
	}
	free(fds, M_TEMP);
	if (error != 0) {
		release(td, inheritance);
		return (error);
	}
	*inheritancep = inheritance;
	return (0);
}

/*
 * Gives the process a table with these descriptors and no others. Called
 * while the new program is being set up; without a list, the process keeps
 * what it has.
 */
int
cloudabi_install_descriptors(struct thread *td)
{
	struct cloudabi_inheritance *inheritance;
	struct filedesc *fresh;
	struct proc *p;
	size_t i;
	int error, fd;

	inheritance = td->td_emuldata;
	if (inheritance == NULL)
		return (0);
	p = td->td_proc;
	fresh = fdinit();
	/* The old table goes with all that was in it. */
	fdescfree(td);
	PROC_LOCK(p);
	p->p_fd = fresh;
	PROC_UNLOCK(p);
	error = 0;
	for (i = 0; i < inheritance->count && error == 0; i++)
		error = finstall(td, inheritance->fds[i].fp, &fd, 0,
		    &inheritance->fds[i].fcaps);
	return (error);
}

/*
 * Called when the process ends: an exec that fails late ends it from within.
 */
void
cloudabi_forget_descriptors(struct thread *td)
{
	struct cloudabi_inheritance *inheritance;

	inheritance = td->td_emuldata;
	td->td_emuldata = NULL;
	if (inheritance != NULL)
		release(td, inheritance);
}

/*
 * The argument data take the place of strings; see cloudabi_copyout_start().
 */
static int
make_arguments(struct image_args *args, const void *data, size_t len)
{
	int error;

	memset(args, 0, sizeof(*args));
	error = exec_alloc_args(args);
	if (error != 0)
		return (error);
	error = exec_args_add_fname(args, NULL, UIO_SYSSPACE);
	if (error == 0 && len >= (size_t)args->stringspace)
		error = E2BIG;
	if (error == 0)
		error = copyin(data, args->endp, len);
	if (error != 0) {
		exec_free_args(args);
		return (error);
	}
	args->endp[len] = '\0';
	args->endp += len + 1;
	args->stringspace -= len + 1;
	args->argc = 1;
	return (0);
}

int
cloudabi_sys_proc_exec(struct thread *td,
    struct cloudabi_sys_proc_exec_args *uap)
{
	struct cloudabi_inheritance *inheritance;
	struct image_args args;
	struct vmspace *oldvmspace;
	int error;

	error = cloudabi_check_executable(td, uap->fd);
	if (error != 0)
		return (error);
	if (!cloudabi_accessible(td, (uintptr_t)uap->data, uap->data_len,
	    VM_PROT_READ))
		return (EFAULT);
	error = collect(td, uap->fds, uap->fds_len, &inheritance);
	if (error != 0)
		return (error);
	error = pre_execve(td, &oldvmspace);
	if (error != 0) {
		release(td, inheritance);
		return (error);
	}
	error = make_arguments(&args, uap->data, uap->data_len);
	if (error == 0) {
		td->td_emuldata = inheritance;
		args.fd = uap->fd;
		error = kern_execve(td, &args, NULL, oldvmspace);
		td->td_emuldata = NULL;
	}
	/* The table has references of its own. */
	release(td, inheritance);
	post_execve(td, error, oldvmspace);
	return (error);
}
