/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Random numbers.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>
#include <sys/random.h>
#include <sys/uio.h>

#include <vm/vm.h>

#include "cloudabi_kern.h"

int
cloudabi_sys_random_get(struct thread *td,
    struct cloudabi_sys_random_get_args *uap)
{
	struct iovec iov;
	struct uio uio;
	uint8_t *buf;
	size_t part, rest;
	int error;

	/* All of it, or nothing. */
	if (!cloudabi_accessible(td, (uintptr_t)uap->buf, uap->buf_len,
	    VM_PROT_WRITE))
		return (EFAULT);
	/* One request is at most what a length of the kernel's can say. */
	buf = uap->buf;
	for (rest = uap->buf_len; rest > 0; rest -= part) {
		part = MIN(rest, IOSIZE_MAX);
		iov.iov_base = buf;
		iov.iov_len = part;
		uio.uio_iov = &iov;
		uio.uio_iovcnt = 1;
		uio.uio_offset = 0;
		uio.uio_resid = part;
		uio.uio_segflg = UIO_USERSPACE;
		uio.uio_rw = UIO_READ;
		uio.uio_td = td;
		error = read_random_uio(&uio, false);
		if (error != 0)
			return (error);
		buf += part;
	}
	return (0);
}
