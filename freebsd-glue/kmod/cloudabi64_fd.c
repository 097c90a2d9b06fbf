/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Reading and writing.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/syscallsubr.h>
#include <sys/uio.h>

#include "cloudabi64_types.h"
#include "cloudabi64_proto.h"
#include "cloudabi_call_rights.h"
#include "cloudabi_kern.h"

/* Lists of pieces are the kernel's own. */
#define	SAME_LAYOUT(type)						\
	_Static_assert(sizeof(type) == sizeof(struct iovec) &&		\
	    offsetof(type, buf) == offsetof(struct iovec, iov_base) &&	\
	    offsetof(type, buf_len) == offsetof(struct iovec, iov_len),	\
	    "the layout of the kernel's iovec")
SAME_LAYOUT(cloudabi64_iovec_t);
SAME_LAYOUT(cloudabi64_ciovec_t);

static int
copyin_pieces(const void *iovs, size_t count, struct uio **uiop)
{

	if (count > UIO_MAXIOV)
		return (EINVAL);
	return (copyinuio(iovs, count, uiop));
}

int
cloudabi64_sys_fd_read(struct thread *td,
    struct cloudabi64_sys_fd_read_args *uap)
{
	struct uio *uio;
	int error;

	error = cloudabi_require(td, uap->fd, CLOUDABI_CALL_RIGHTS_FD_READ_FD);
	if (error == 0)
		error = copyin_pieces(uap->iovs, uap->iovs_len, &uio);
	if (error != 0)
		return (error);
	error = kern_readv(td, uap->fd, uio);
	free(uio, M_IOV);
	return (error);
}

int
cloudabi64_sys_fd_pread(struct thread *td,
    struct cloudabi64_sys_fd_pread_args *uap)
{
	struct uio *uio;
	int error;

	error = cloudabi_require(td, uap->fd, CLOUDABI_CALL_RIGHTS_FD_PREAD_FD);
	if (error == 0 && uap->offset > INT64_MAX)
		error = EINVAL;
	if (error == 0)
		error = copyin_pieces(uap->iovs, uap->iovs_len, &uio);
	if (error != 0)
		return (error);
	error = kern_preadv(td, uap->fd, uio, uap->offset);
	free(uio, M_IOV);
	return (error);
}

int
cloudabi64_sys_fd_write(struct thread *td,
    struct cloudabi64_sys_fd_write_args *uap)
{
	struct cloudabi_holding holding;
	struct file *fp;
	struct uio *uio;
	int error;
	bool nonblocking;

	error = cloudabi_hold(td, uap->fd, &fp, &holding);
	if (error != 0)
		return (error);
	nonblocking = (fp->f_flag & FNONBLOCK) != 0;
	fdrop(fp, td);
	if (!cloudabi_call_allowed_fd_write_fd(holding.base))
		return (ENOTCAPABLE);
	for (;;) {
		error = copyin_pieces(uap->iovs, uap->iovs_len, &uio);
		if (error != 0)
			return (error);
		error = kern_writev(td, uap->fd, uio);
		free(uio, M_IOV);
		/* As in cloudabi_sock_send(). */
		if (error != ENOBUFS ||
		    holding.type != CLOUDABI_FILETYPE_SOCKET_DGRAM)
			break;
		if (nonblocking)
			return (EAGAIN);
		error = pause_sig("cloudabi", hz / 100 + 1);
		if (error != EWOULDBLOCK && error != 0)
			return (ERESTART);
	}
	return (cloudabi_send_error(&holding, error));
}

int
cloudabi64_sys_fd_pwrite(struct thread *td,
    struct cloudabi64_sys_fd_pwrite_args *uap)
{
	struct uio *uio;
	int error;

	error = cloudabi_require(td, uap->fd,
	    CLOUDABI_CALL_RIGHTS_FD_PWRITE_FD);
	if (error == 0 && uap->offset > INT64_MAX)
		error = EINVAL;
	if (error == 0)
		error = copyin_pieces(uap->iovs, uap->iovs_len, &uio);
	if (error != 0)
		return (error);
	error = kern_pwritev(td, uap->fd, uio, uap->offset);
	free(uio, M_IOV);
	return (error);
}
