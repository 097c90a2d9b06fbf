/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Messages on sockets: the structures of 64-bit programs.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/uio.h>

#include <vm/vm.h>

#include "cloudabi64_types.h"
#include "cloudabi64_proto.h"
#include "cloudabi_kern.h"

static int
copyin_pieces(uint64_t iovs, uint64_t count, struct uio **uiop)
{

	if (count > UIO_MAXIOV)
		return (EINVAL);
	return (copyinuio((const struct iovec *)iovs, count, uiop));
}

int
cloudabi64_sys_sock_send(struct thread *td,
    struct cloudabi64_sys_sock_send_args *uap)
{
	cloudabi64_send_in_t in;
	cloudabi64_send_out_t out;
	struct uio *data;
	size_t datalen;
	int error;

	error = cloudabi_require(td, uap->sock, 0);
	if (error == 0)
		error = copyin(uap->in, &in, sizeof(in));
	if (error == 0 && !cloudabi_accessible(td,
	    (uintptr_t)uap->out, sizeof(out), VM_PROT_WRITE))
		error = EFAULT;
	if (error == 0)
		error = copyin_pieces(in.si_data, in.si_data_len, &data);
	if (error != 0)
		return (error);
	error = cloudabi_sock_send(td, uap->sock, data,
	    (const cloudabi_fd_t *)in.si_fds, in.si_fds_len, in.si_flags,
	    &datalen);
	free(data, M_IOV);
	if (error != 0)
		return (error);
	memset(&out, 0, sizeof(out));
	out.so_datalen = datalen;
	return (copyout(&out, uap->out, sizeof(out)));
}

int
cloudabi64_sys_sock_recv(struct thread *td,
    struct cloudabi64_sys_sock_recv_args *uap)
{
	cloudabi64_recv_in_t in;
	cloudabi64_recv_out_t out;
	struct uio *data;
	cloudabi_roflags_t flags;
	size_t datalen, fdslen;
	int error;

	error = cloudabi_require(td, uap->sock, 0);
	if (error == 0)
		error = copyin(uap->in, &in, sizeof(in));
	if (error == 0 && !cloudabi_accessible(td,
	    (uintptr_t)uap->out, sizeof(out), VM_PROT_WRITE))
		error = EFAULT;
	if (error == 0)
		error = copyin_pieces(in.ri_data, in.ri_data_len, &data);
	if (error != 0)
		return (error);
	error = cloudabi_sock_recv(td, uap->sock, data,
	    (cloudabi_fd_t *)in.ri_fds, in.ri_fds_len, in.ri_flags, &datalen,
	    &fdslen, &flags);
	free(data, M_IOV);
	if (error != 0)
		return (error);
	memset(&out, 0, sizeof(out));
	out.ro_datalen = datalen;
	out.ro_fdslen = fdslen;
	out.ro_flags = flags;
	return (copyout(&out, uap->out, sizeof(out)));
}
