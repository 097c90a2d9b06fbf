/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Opening files.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include "cloudabi_call_rights.h"
#include "cloudabi_capsicum.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"

/* Programs cannot make a file executable later. */
#define	FILE_MODE	0777

/* With one of these a file is opened for reading, or for writing. */
#define	READING								\
	(CLOUDABI_RIGHT_FD_READ | CLOUDABI_RIGHT_FILE_READDIR |		\
	CLOUDABI_RIGHT_MEM_MAP_EXEC)
#define	WRITING								\
	(CLOUDABI_RIGHT_FD_DATASYNC | CLOUDABI_RIGHT_FD_WRITE |		\
	CLOUDABI_RIGHT_FILE_ALLOCATE | CLOUDABI_RIGHT_FILE_STAT_FPUT_SIZE)

/*
 * How the kernel is to open the file, in its own internal flags.
 */
static int
open_flags(cloudabi_lookupflags_t lookup, cloudabi_oflags_t oflags,
    const cloudabi_fdstat_t *fds, int *flags)
{
	cloudabi_fdflags_t wanted;
	int fdflags, follow, host;

	/*
	 * Reads that wait for earlier writes are beyond the kernel, and a host
	 * may forget that they were asked for.
	 */
	wanted = fds->fs_flags & ~CLOUDABI_FDFLAG_RSYNC;
	if (cloudabi_oflags_to_host(oflags, &host) != 0 ||
	    cloudabi_fdflags_to_host(wanted, &fdflags) != 0 ||
	    cloudabi_lookupflags_open_to_host(lookup, &follow) != 0)
		return (EINVAL);
	if ((oflags & CLOUDABI_O_CREAT) != 0 &&
	    (oflags & CLOUDABI_O_DIRECTORY) != 0)
		return (EINVAL);
	host |= fdflags | follow | O_NOCTTY;
	if ((oflags & CLOUDABI_O_CREAT) == 0)
		host &= ~O_EXCL;
	if ((fds->fs_rights_base & WRITING) != 0)
		host |= (fds->fs_rights_base & READING) != 0 ? O_RDWR :
		    O_WRONLY;
	else if ((fds->fs_rights_base & READING) == 0 &&
	    (fds->fs_rights_base & CLOUDABI_RIGHT_PROC_EXEC) != 0 &&
	    (oflags & (CLOUDABI_O_CREAT | CLOUDABI_O_TRUNC)) == 0)
		host |= O_EXEC;
	*flags = (host & O_EXEC) != 0 ? host : FFLAGS(host);
	return (0);
}

/*
 * Opens the file, without a descriptor as yet.
 */
static int
open_file(struct thread *td, cloudabi_fd_t fd, char *path, int flags,
    cap_rights_t *needed, struct file **fpp)
{
	struct nameidata nd;
	struct file *fp;
	struct vnode *vp;
	int error, mode;

	error = falloc_noinstall(td, &fp);
	if (error != 0)
		return (error);
	fp->f_flag = flags & FMASK;
	mode = FILE_MODE & ~td->td_proc->p_pd->pd_cmask;
	NDINIT_ATRIGHTS(&nd, LOOKUP, FOLLOW, UIO_SYSSPACE, path, fd, needed);
	td->td_dupfd = -1;
	error = vn_open(&nd, &flags, mode, fp);
	if (error != 0) {
		/* A device may have put something else in its place. */
		if (error == ENXIO && fp->f_ops != &badfileops) {
			*fpp = fp;
			return (0);
		}
		falloc_abort(td, fp);
		return (error);
	}
	td->td_dupfd = 0;
	NDFREE_PNBUF(&nd);
	vp = nd.ni_vp;
	fp->f_vnode = vp;
	if (fp->f_ops == &badfileops)
		finit_vnode(fp, flags, NULL, &vnops);
	VOP_UNLOCK(vp);
	if ((flags & O_TRUNC) != 0 && vp->v_type == VREG)
		error = fo_truncate(fp, 0, td->td_ucred, td);
	if (error != 0) {
		falloc_abort(td, fp);
		return (error);
	}
	*fpp = fp;
	return (0);
}

int
cloudabi_sys_file_open(struct thread *td,
    struct cloudabi_sys_file_open_args *uap)
{
	cap_rights_t needed;
	cloudabi_fdstat_t fds;
	cloudabi_rights_t base, inheriting;
	struct cloudabi_holding holding;
	struct file *fp;
	struct filecaps fcaps;
	char *path;
	int error, fd, flags;

	error = cloudabi_hold(td, uap->dirfd.fd, NULL, &holding);
	if (error != 0)
		return (error);
	error = copyin(uap->fds, &fds, sizeof(fds));
	if (error != 0)
		return (error);
	error = open_flags(uap->dirfd.flags, uap->oflags, &fds, &flags);
	if (error != 0)
		return (error);
	if (!cloudabi_call_allowed_file_open_dirfd_fd(holding.base,
	    uap->oflags) ||
	    !cloudabi_call_allowed_file_open_dirfd_fd_inheriting(
	    holding.inheriting, uap->oflags, fds.fs_flags,
	    fds.fs_rights_base) ||
	    (fds.fs_rights_base & ~holding.inheriting) != 0 ||
	    (fds.fs_rights_inheriting & ~holding.inheriting) != 0)
		return (ENOTCAPABLE);

	/* Asked of the directory again by the look-up, at the same moment. */
	cloudabi_capsicum_to_host(CLOUDABI_RIGHT_FILE_OPEN |
	    fds.fs_rights_base | fds.fs_rights_inheriting |
	    cloudabi_call_rights_file_open_dirfd_fd(uap->oflags), &needed);
	cap_rights_set(&needed, CAP_LOOKUP);

	error = cloudabi_copyin_path(uap->path, uap->path_len, &path);
	if (error != 0)
		return (error);
	error = open_file(td, uap->dirfd.fd, path, flags, &needed, &fp);
	cloudabi_free_path(path);
	if (error != 0) {
		/* A link that is not followed. */
		if (error == EMLINK)
			error = ELOOP;
		return (error);
	}
	cloudabi_kind_rights(fp, &base, &inheriting);
	cloudabi_filecaps(&fcaps, fds.fs_rights_base & base,
	    fds.fs_rights_inheriting & inheriting, false);
	error = finstall(td, fp, &fd, flags & ~O_CLOEXEC, &fcaps);
	/* The table has a reference of its own now, and the list. */
	fdrop(fp, td);
	if (error != 0) {
		filecaps_free(&fcaps);
		return (error);
	}
	td->td_retval[0] = fd;
	return (0);
}
