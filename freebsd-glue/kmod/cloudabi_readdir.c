/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Reading directories.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/dirent.h>
#include <sys/file.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <vm/vm.h>

#ifdef MAC
#include <security/mac/mac_framework.h>
#endif

#include "cloudabi_call_rights.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"

/* The kernel's entries are read in portions of this size. */
#define	PORTION	(4 * DEV_BSIZE)

/*
 * Writes one entry, or as much of it as there is room for.
 */
static int
emit(const struct dirent *dirent, uint64_t next, struct uio *out)
{
	cloudabi_dirent_t entry;
	int error;

	memset(&entry, 0, sizeof(entry));
	entry.d_next = next;
	entry.d_ino = dirent->d_fileno;
	entry.d_namlen = dirent->d_namlen;
	entry.d_type = cloudabi_dirent_type_from_host(dirent->d_type);
	error = uiomove(&entry, MIN((ssize_t)sizeof(entry), out->uio_resid),
	    out);
	if (error != 0)
		return (error);
	return (uiomove(__DECONST(char *, dirent->d_name),
	    MIN(dirent->d_namlen, out->uio_resid), out));
}

/*
 * Translates a portion, and says where the next one begins.
 */
static int
translate(const char *buf, size_t len, const uint64_t *cookies, int ncookies,
    struct uio *out, off_t *offset)
{
	const struct dirent *dirent;
	size_t used;
	int error, i;

	for (used = 0, i = 0; used < len && out->uio_resid > 0; i++) {
		dirent = (const struct dirent *)(buf + used);
		if (len - used < offsetof(struct dirent, d_name) ||
		    dirent->d_reclen == 0 || dirent->d_reclen > len - used)
			return (EIO);
		*offset = i < ncookies ? (off_t)cookies[i] : dirent->d_off;
		if (dirent->d_fileno != 0) {
			error = emit(dirent, *offset, out);
			if (error != 0)
				return (error);
		}
		used += dirent->d_reclen;
	}
	return (0);
}

static int
read_portion(struct thread *td, struct vnode *vp, off_t *offset, char *buf,
    size_t *len, uint64_t **cookies, int *ncookies, int *eof)
{
	struct iovec iov;
	struct uio uio;
	int error;

	iov.iov_base = buf;
	iov.iov_len = PORTION;
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_offset = *offset;
	uio.uio_resid = PORTION;
	uio.uio_segflg = UIO_SYSSPACE;
	uio.uio_rw = UIO_READ;
	uio.uio_td = td;
	*cookies = NULL;
	*ncookies = 0;
	*eof = 0;
	vn_lock(vp, LK_SHARED | LK_RETRY);
#ifdef MAC
	error = mac_vnode_check_readdir(td->td_ucred, vp);
	if (error == 0)
#endif
		error = VOP_READDIR(vp, &uio, td->td_ucred, eof, ncookies,
		    cookies);
	VOP_UNLOCK(vp);
	*len = PORTION - uio.uio_resid;
	return (error);
}

int
cloudabi_sys_file_readdir(struct thread *td,
    struct cloudabi_sys_file_readdir_args *uap)
{
	struct cloudabi_holding holding;
	struct file *fp;
	struct iovec iov;
	struct uio out;
	char *buf;
	uint64_t *cookies;
	off_t offset;
	size_t len, size;
	int eof, error, ncookies;

	error = cloudabi_hold(td, uap->fd, &fp, &holding);
	if (error != 0)
		return (error);
	if (!cloudabi_call_allowed_file_readdir_fd(holding.base)) {
		error = ENOTCAPABLE;
		goto out;
	}
	if (holding.type != CLOUDABI_FILETYPE_DIRECTORY) {
		error = ENOTDIR;
		goto out;
	}
	if (uap->cookie > INT64_MAX) {
		error = EINVAL;
		goto out;
	}
	if (!cloudabi_accessible(td, (uintptr_t)uap->buf, uap->buf_len,
	    VM_PROT_WRITE)) {
		error = EFAULT;
		goto out;
	}
	size = MIN(uap->buf_len, IOSIZE_MAX);
	iov.iov_base = uap->buf;
	iov.iov_len = size;
	out.uio_iov = &iov;
	out.uio_iovcnt = 1;
	out.uio_offset = 0;
	out.uio_resid = size;
	out.uio_segflg = UIO_USERSPACE;
	out.uio_rw = UIO_READ;
	out.uio_td = td;

	buf = malloc(PORTION, M_TEMP, M_WAITOK | M_ZERO);
	offset = uap->cookie;
	eof = 0;
	while (error == 0 && !eof && out.uio_resid > 0) {
		error = read_portion(td, fp->f_vnode, &offset, buf, &len,
		    &cookies, &ncookies, &eof);
		if (error == 0 && len == 0)
			eof = 1;
		if (error == 0)
			error = translate(buf, len, cookies, ncookies, &out,
			    &offset);
		free(cookies, M_TEMP);
	}
	free(buf, M_TEMP);
	td->td_retval[0] = size - out.uio_resid;
out:
	fdrop(fp, td);
	return (error);
}
