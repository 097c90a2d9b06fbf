/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Sockets: messages with descriptors, and connections.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/domain.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kernel.h>
#include <sys/limits.h>
#include <sys/mbuf.h>
#include <sys/proc.h>
#include <sys/protosw.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/syscallsubr.h>
#include <sys/uio.h>

#include <vm/vm.h>

#include "cloudabi_call_rights.h"
#include "cloudabi_compat.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"
#include "cloudabi_kinds.h"

/* So many that the kernel's form of the list fits into a cluster. */
#define	MAX_DESCRIPTORS	240

int
cloudabi_sys_sock_shutdown(struct thread *td,
    struct cloudabi_sys_sock_shutdown_args *uap)
{
	int error, how;

	error = cloudabi_require(td, uap->sock,
	    CLOUDABI_CALL_RIGHTS_SOCK_SHUTDOWN_SOCK);
	if (error != 0)
		return (error);
	if (uap->how == (CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR))
		how = SHUT_RDWR;
	else if (uap->how == 0 || cloudabi_sdflags_to_host(uap->how, &how) != 0)
		return (EINVAL);
	return (kern_shutdown(td, uap->sock, how));
}

/*
 * Looks up a socket that carries all of these rights.
 */
static int
hold_socket(struct thread *td, cloudabi_fd_t fd, cloudabi_rights_t needed,
    struct file **fpp, struct cloudabi_holding *holding)
{
	int error;

	error = cloudabi_hold(td, fd, fpp, holding);
	if (error != 0)
		return (error);
	if ((*fpp)->f_type != DTYPE_SOCKET)
		error = ENOTSOCK;
	else if ((holding->base & needed) != needed)
		error = ENOTCAPABLE;
	if (error != 0)
		fdrop(*fpp, td);
	return (error);
}

/*
 * A control message with descriptors.
 */
static int
make_control(const cloudabi_fd_t *ufds, size_t nfds, struct mbuf **controlp)
{
	struct cmsghdr *cmsg;
	struct mbuf *control;
	int error;

	*controlp = NULL;
	if (nfds == 0)
		return (0);
	if (nfds > MAX_DESCRIPTORS)
		return (EINVAL);
	control = m_get2(CMSG_SPACE(nfds * sizeof(int)), M_WAITOK, MT_CONTROL,
	    0);
	control->m_len = CMSG_SPACE(nfds * sizeof(int));
	cmsg = mtod(control, struct cmsghdr *);
	memset(cmsg, 0, control->m_len);
	cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	_Static_assert(sizeof(int) == sizeof(cloudabi_fd_t),
	    "descriptors are the kernel's");
	error = copyin(ufds, CMSG_DATA(cmsg), nfds * sizeof(int));
	if (error != 0) {
		m_freem(control);
		return (error);
	}
	*controlp = control;
	return (0);
}

/*
 * To the kernel a datagram socket is not connected any more once the other end
 * is closed, which it tells once.
 */
int
cloudabi_send_error(const struct cloudabi_holding *holding, int error)
{

	if (holding->type != CLOUDABI_FILETYPE_SOCKET_DGRAM)
		return (error);
	if (holding->pair && (error == ECONNRESET || error == ENOTCONN ||
	    error == EDESTADDRREQ))
		return (EPIPE);
	return (error == ENOTCONN ? EDESTADDRREQ : error);
}

int
cloudabi_sock_send(struct thread *td, cloudabi_fd_t fd, struct uio *data,
    const cloudabi_fd_t *ufds, size_t nfds, cloudabi_siflags_t flags,
    size_t *datalen)
{
	struct cloudabi_holding holding;
	struct file *fp;
	struct mbuf *control;
	struct msghdr msg;
	int error;
	bool local, nonblocking;

	error = hold_socket(td, fd, CLOUDABI_CALL_RIGHTS_SOCK_SEND_SOCK, &fp,
	    &holding);
	if (error != 0)
		return (error);
	nonblocking = (fp->f_flag & FNONBLOCK) != 0;
	local = ((struct socket *)fp->f_data)->so_proto->pr_domain->dom_family ==
	    AF_LOCAL;
	fdrop(fp, td);
	if (flags != 0)
		return (EINVAL);
	if (nfds > 0 && !local)
		return (ENOTSUP);
	/* On a byte stream they travel with a byte. */
	if (nfds > 0 && data->uio_resid == 0 &&
	    holding.type == CLOUDABI_FILETYPE_SOCKET_STREAM)
		return (EMSGSIZE);
	for (;;) {
		error = make_control(ufds, nfds, &control);
		if (error != 0)
			return (error);
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = data->uio_iov;
		msg.msg_iovlen = data->uio_iovcnt;
		error = kern_sendit(td, fd, &msg, MSG_NOSIGNAL, control,
		    UIO_USERSPACE);
		/* Datagrams in the Unix domain do not wait by themselves. */
		if (error != ENOBUFS ||
		    holding.type != CLOUDABI_FILETYPE_SOCKET_DGRAM)
			break;
		if (nonblocking) {
			error = EAGAIN;
			break;
		}
		error = pause_sig("cloudabi", hz / 100 + 1);
		if (error != EWOULDBLOCK && error != 0)
			return (ERESTART);
	}
	error = cloudabi_send_error(&holding, error);
	*datalen = td->td_retval[0];
	td->td_retval[0] = 0;
	return (error);
}

/*
 * Takes a connection from a listening socket.
 */
static int
accept_connection(struct thread *td, cloudabi_fd_t sock,
    const struct cloudabi_holding *listening, cloudabi_fd_t *ufds, size_t nfds,
    cloudabi_riflags_t flags)
{
	struct cloudabi_holding holding;
	struct file *fp;
	cloudabi_fd_t fd;
	int error;

	if ((flags & CLOUDABI_SOCK_RECV_PEEK) != 0)
		return (ENOTSUP);
	if (nfds == 0)
		return (EINVAL);
	error = cloudabi_accept(td, sock, NULL);
	if (error != 0)
		return (error);
	fd = td->td_retval[0];
	td->td_retval[0] = 0;
	error = cloudabi_hold(td, fd, &fp, &holding);
	if (error == 0) {
		error = cloudabi_limit(td, fd, fp,
		    CLOUDABI_KIND_SOCKET_BASE & listening->inheriting,
		    CLOUDABI_KIND_SOCKET_INHERITING & listening->inheriting,
		    false);
		fdrop(fp, td);
	}
	if (error == 0)
		error = copyout(&fd, ufds, sizeof(fd));
	if (error != 0)
		(void)kern_close(td, fd);
	return (error);
}

/*
 * Stores the descriptors that came with a message, as far as there is room,
 * and closes the others.
 */
static int
store_descriptors(struct thread *td, struct mbuf *control,
    cloudabi_rights_t bound, cloudabi_fd_t *ufds, size_t nfds, size_t *stored,
    bool *truncated)
{
	struct cloudabi_holding holding;
	struct cmsghdr *cmsg;
	struct file *fp;
	struct mbuf *m;
	char *end, *next;
	int error, fd;
	size_t i, n;

	error = 0;
	for (m = control; m != NULL; m = m->m_next) {
		next = mtod(m, char *);
		end = next + m->m_len;
		while ((size_t)(end - next) >= sizeof(*cmsg)) {
			cmsg = (struct cmsghdr *)next;
			if (cmsg->cmsg_len < sizeof(*cmsg) ||
			    cmsg->cmsg_len > (size_t)(end - next))
				break;
			next += MIN(CMSG_ALIGN(cmsg->cmsg_len),
			    (size_t)(end - next));
			if (cmsg->cmsg_level != SOL_SOCKET ||
			    cmsg->cmsg_type != SCM_RIGHTS)
				continue;
			n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			for (i = 0; i < n; i++) {
				fd = ((int *)CMSG_DATA(cmsg))[i];
				if (*stored == nfds || error != 0) {
					*truncated = true;
					(void)kern_close(td, fd);
					continue;
				}
				if (cloudabi_hold(td, fd, &fp, &holding) == 0) {
					cloudabi_fit(td, fd, fp, bound);
					fdrop(fp, td);
				}
				error = copyout(&fd, &ufds[*stored],
				    sizeof(fd));
				if (error == 0)
					(*stored)++;
				else
					(void)kern_close(td, fd);
			}
		}
	}
	return (error);
}

/*
 * Whether all of the memory can be written. The kernel would find out when
 * the message is gone.
 */
static bool
writable(struct thread *td, const struct uio *data, cloudabi_fd_t *ufds,
    size_t nfds)
{
	const struct iovec *iov;
	int i;

	for (i = 0; i < data->uio_iovcnt; i++) {
		iov = &data->uio_iov[i];
		if (!cloudabi_accessible(td, (uintptr_t)iov->iov_base,
		    iov->iov_len, VM_PROT_WRITE))
			return (false);
	}
	return (nfds <= INT_MAX / sizeof(*ufds) && cloudabi_accessible(td,
	    (uintptr_t)ufds, nfds * sizeof(*ufds), VM_PROT_WRITE));
}

int
cloudabi_sock_recv(struct thread *td, cloudabi_fd_t fd, struct uio *data,
    cloudabi_fd_t *ufds, size_t nfds, cloudabi_riflags_t flags,
    size_t *datalen, size_t *fdslen, cloudabi_roflags_t *rflags)
{
	struct cloudabi_holding holding;
	struct file *fp;
	struct mbuf *control;
	struct msghdr msg;
	int error, host;
	bool listening, truncated;

	error = hold_socket(td, fd, CLOUDABI_CALL_RIGHTS_SOCK_RECV_SOCK, &fp,
	    &holding);
	if (error != 0)
		return (error);
	listening = SOLISTENING((struct socket *)fp->f_data);
	fdrop(fp, td);
	if (cloudabi_riflags_to_host(flags, &host) != 0)
		return (EINVAL);
	if (!writable(td, data, ufds, nfds))
		return (EFAULT);
	*datalen = *fdslen = 0;
	*rflags = 0;
	if (listening) {
		error = accept_connection(td, fd, &holding, ufds, nfds, flags);
		if (error == 0)
			*fdslen = 1;
		return (error);
	}
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = data->uio_iov;
	msg.msg_iovlen = data->uio_iovcnt;
	msg.msg_flags = host;
	control = NULL;
	/*
	 * The kernel hands nobody descriptors of a message that stays where it
	 * is: what it would give then are its own pointers.
	 */
	error = kern_recvit(td, fd, &msg, UIO_SYSSPACE,
	    nfds > 0 && (host & MSG_PEEK) == 0 ? &control : NULL);
	if (error != 0)
		return (error);
	*datalen = td->td_retval[0];
	td->td_retval[0] = 0;
	truncated = (msg.msg_flags & MSG_CTRUNC) != 0;
	error = store_descriptors(td, control, holding.inheriting, ufds, nfds,
	    fdslen, &truncated);
	m_freem(control);
	*rflags = cloudabi_roflags_from_host(msg.msg_flags &
	    ~MSG_CTRUNC);
	/* Whoever gives no room is not told. */
	if (truncated && nfds > 0)
		*rflags |= CLOUDABI_SOCK_RECV_FDS_TRUNCATED;
	return (error);
}
