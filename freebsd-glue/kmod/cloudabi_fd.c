/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Descriptors: duplicating, closing, flags and rights, new objects.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/limits.h>
#include <sys/lock.h>
#include <sys/mman.h>
#include <sys/proc.h>
#include <sys/seqc.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/syscallsubr.h>
#include <sys/unistd.h>

#include "cloudabi_call_rights.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"
#include "cloudabi_kinds.h"

/* The flags that programs can see and set. */
#define	ALL_FDFLAGS							\
	(CLOUDABI_FDFLAG_APPEND | CLOUDABI_FDFLAG_DSYNC |		\
	CLOUDABI_FDFLAG_NONBLOCK | CLOUDABI_FDFLAG_RSYNC |		\
	CLOUDABI_FDFLAG_SYNC)

int
cloudabi_sys_fd_close(struct thread *td, struct cloudabi_sys_fd_close_args *uap)
{

	if (uap->fd > INT_MAX)
		return (EBADF);
	return (kern_close(td, uap->fd));
}

int
cloudabi_sys_fd_dup(struct thread *td, struct cloudabi_sys_fd_dup_args *uap)
{

	if (uap->from > INT_MAX)
		return (EBADF);
	return (kern_dup(td, FDDUP_NORMAL, 0, uap->from, 0));
}

/*
 * The kernel's own dup2() would open a number that is not in use, so this is
 * done here, in one step for all who look at the table.
 */
int
cloudabi_sys_fd_replace(struct thread *td,
    struct cloudabi_sys_fd_replace_args *uap)
{
	struct cloudabi_holding holding;
	struct file *fp, *oldfp;
	struct filecaps fcaps, oldcaps;
	struct filedesc *fdp;
	struct filedescent *from, *to;
	int error;

	error = cloudabi_hold(td, uap->from, &fp, &holding);
	if (error != 0)
		return (error);
	if (uap->to > INT_MAX) {
		fdrop(fp, td);
		return (EBADF);
	}
	/* Both sets of rights are written down in the copy. */
	cloudabi_filecaps(&fcaps, holding.base, holding.inheriting,
	    holding.pair);
	filecaps_init(&oldcaps);
	oldfp = NULL;
	fdp = td->td_proc->p_fd;
	FILEDESC_XLOCK(fdp);
	from = fdeget_noref(fdp, uap->from);
	to = fdeget_noref(fdp, uap->to);
	if (from == NULL || from->fde_file != fp || to == NULL) {
		error = EBADF;
	} else if (from != to) {
		/* Nothing that the original does not have. */
		if (!cap_rights_is_set(&from->fde_caps.fc_rights, CAP_ACCEPT))
			cap_rights_clear(&fcaps.fc_rights, CAP_ACCEPT);
		oldfp = to->fde_file;
		oldcaps = to->fde_caps;
		seqc_write_begin(&to->fde_seqc);
		to->fde_file = fp;
		to->fde_caps = fcaps;
		to->fde_flags = 0;
		seqc_write_end(&to->fde_seqc);
		filecaps_init(&fcaps);
		knote_fdclose(td, uap->to);
	}
	FILEDESC_XUNLOCK(fdp);
	filecaps_free(&fcaps);
	filecaps_free(&oldcaps);
	if (oldfp != NULL) {
		/* The reference to the new file has gone into the table. */
		(void)closef(oldfp, td);
	} else {
		fdrop(fp, td);
	}
	return (error);
}

int
cloudabi_sys_fd_seek(struct thread *td, struct cloudabi_sys_fd_seek_args *uap)
{
	struct cloudabi_holding holding;
	int error, whence;

	error = cloudabi_hold(td, uap->fd, NULL, &holding);
	if (error != 0)
		return (error);
	error = cloudabi_whence_to_host(uap->whence, &whence);
	if (error != 0)
		return (EINVAL);
	if (!cloudabi_call_allowed_fd_seek_fd(holding.base, uap->offset,
	    uap->whence))
		return (ENOTCAPABLE);
	return (kern_lseek(td, uap->fd, uap->offset, whence));
}

int
cloudabi_sys_fd_datasync(struct thread *td,
    struct cloudabi_sys_fd_datasync_args *uap)
{
	int error;

	error = cloudabi_require(td, uap->fd,
	    CLOUDABI_CALL_RIGHTS_FD_DATASYNC_FD);
	if (error != 0)
		return (error);
	return (kern_fsync(td, uap->fd, false));
}

int
cloudabi_sys_fd_sync(struct thread *td, struct cloudabi_sys_fd_sync_args *uap)
{
	int error;

	error = cloudabi_require(td, uap->fd, CLOUDABI_CALL_RIGHTS_FD_SYNC_FD);
	if (error != 0)
		return (error);
	return (kern_fsync(td, uap->fd, true));
}

int
cloudabi_sys_fd_stat_get(struct thread *td,
    struct cloudabi_sys_fd_stat_get_args *uap)
{
	cloudabi_fdstat_t stat;
	struct cloudabi_holding holding;
	struct file *fp;
	int error;

	error = cloudabi_hold(td, uap->fd, &fp, &holding);
	if (error != 0)
		return (error);
	memset(&stat, 0, sizeof(stat));
	stat.fs_filetype = holding.type;
	stat.fs_flags = cloudabi_fdflags_from_host(OFLAGS(fp->f_flag));
	/* The kernel knows synchronous writing only, under one name. */
	if ((stat.fs_flags & CLOUDABI_FDFLAG_SYNC) != 0)
		stat.fs_flags &= ~CLOUDABI_FDFLAG_RSYNC;
	stat.fs_rights_base = holding.base;
	stat.fs_rights_inheriting = holding.inheriting;
	fdrop(fp, td);
	return (copyout(&stat, uap->buf, sizeof(stat)));
}

static int
set_flags(struct thread *td, cloudabi_fd_t fd, struct file *fp,
    cloudabi_fdflags_t flags)
{
	int error, host;

	/* The kernel would synchronise more than was asked for. */
	if ((flags & CLOUDABI_FDFLAG_RSYNC) != 0)
		return (ENOTSUP);
	error = cloudabi_fdflags_to_host(flags, &host);
	if (error != 0)
		return (error);
	/* What programs do not know of stays. */
	host |= OFLAGS(fp->f_flag) & (O_ASYNC | O_DIRECT);
	return (kern_fcntl(td, fd, F_SETFL, host));
}

int
cloudabi_sys_fd_stat_put(struct thread *td,
    struct cloudabi_sys_fd_stat_put_args *uap)
{
	cloudabi_fdstat_t stat;
	struct cloudabi_holding holding;
	struct file *fp;
	int error;

	error = cloudabi_hold(td, uap->fd, &fp, &holding);
	if (error != 0)
		return (error);
	error = copyin(uap->buf, &stat, sizeof(stat));
	if (error != 0)
		goto out;
	if (uap->flags == 0 || (uap->flags & ~(CLOUDABI_FDSTAT_FLAGS |
	    CLOUDABI_FDSTAT_RIGHTS)) != 0) {
		error = EINVAL;
		goto out;
	}
	if ((uap->flags & CLOUDABI_FDSTAT_FLAGS) != 0 &&
	    (stat.fs_flags & ~ALL_FDFLAGS) != 0) {
		error = EINVAL;
		goto out;
	}
	if (!cloudabi_call_allowed_fd_stat_put_fd(holding.base, uap->flags)) {
		error = ENOTCAPABLE;
		goto out;
	}
	if ((uap->flags & CLOUDABI_FDSTAT_RIGHTS) != 0 &&
	    ((stat.fs_rights_base & ~holding.base) != 0 ||
	    (stat.fs_rights_inheriting & ~holding.inheriting) != 0)) {
		error = ENOTCAPABLE;
		goto out;
	}
	/* The flags first: the right to change them may be given up here. */
	if ((uap->flags & CLOUDABI_FDSTAT_FLAGS) != 0)
		error = set_flags(td, uap->fd, fp, stat.fs_flags);
	if (error == 0 && (uap->flags & CLOUDABI_FDSTAT_RIGHTS) != 0)
		error = cloudabi_limit(td, uap->fd, fp, stat.fs_rights_base,
		    stat.fs_rights_inheriting, holding.pair);
	td->td_retval[0] = 0;
out:
	fdrop(fp, td);
	return (error);
}

int
cloudabi_sys_fd_create1(struct thread *td,
    struct cloudabi_sys_fd_create1_args *uap)
{
	struct filecaps fcaps;
	int error;

	if (uap->type != CLOUDABI_FILETYPE_SHARED_MEMORY)
		return (EINVAL);
	cloudabi_filecaps(&fcaps, CLOUDABI_KIND_SHARED_MEMORY_BASE,
	    CLOUDABI_KIND_SHARED_MEMORY_INHERITING, false);
	error = kern_shm_open(td, SHM_ANON, O_RDWR, 0, &fcaps);
	/* The kernel has taken the list if it made the descriptor. */
	filecaps_free(&fcaps);
	return (error);
}

int
cloudabi_sys_fd_create2(struct thread *td,
    struct cloudabi_sys_fd_create2_args *uap)
{
	struct file *fp;
	struct cloudabi_holding holding;
	int error, fds[2], i, type;

	error = cloudabi_socket_type_to_host(uap->type, &type);
	if (error != 0)
		return (EINVAL);
	error = kern_socketpair(td, AF_LOCAL, type, 0, fds);
	if (error != 0)
		return (error);
	for (i = 0; i < 2 && error == 0; i++) {
		error = cloudabi_hold(td, fds[i], &fp, &holding);
		if (error == 0) {
			error = cloudabi_limit(td, fds[i], fp,
			    CLOUDABI_KIND_SOCKET_BASE,
			    CLOUDABI_KIND_SOCKET_INHERITING, true);
			fdrop(fp, td);
		}
	}
	if (error != 0) {
		/* Another thread has closed or replaced one of them. */
		(void)kern_close(td, fds[0]);
		(void)kern_close(td, fds[1]);
		return (error);
	}
	td->td_retval[0] = fds[0];
	td->td_retval[1] = fds[1];
	return (0);
}
