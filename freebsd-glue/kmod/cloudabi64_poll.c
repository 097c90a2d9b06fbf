/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Waiting: the subscriptions of 64-bit programs.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/proc.h>

#include <vm/vm.h>

#include "cloudabi64_types.h"
#include "cloudabi64_proto.h"
#include "cloudabi_kern.h"

/*
 * A thread that waits for a lock may end there, so what it uses is on its
 * stack: such a wait has at most this many subscriptions.
 */
#define	FEW	2

static void
convert(const cloudabi64_subscription_t *in, struct cloudabi_subscription *out)
{

	memset(out, 0, sizeof(*out));
	out->userdata = in->userdata;
	out->type = in->type;
	switch (in->type) {
	case CLOUDABI_EVENTTYPE_CLOCK:
		out->clock.clock = in->clock.clock_id;
		out->clock.flags = in->clock.flags;
		out->clock.timeout = in->clock.timeout;
		out->clock.precision = in->clock.precision;
		break;
	case CLOUDABI_EVENTTYPE_CONDVAR:
		out->sync.condvar = in->condvar.condvar;
		out->sync.lock = in->condvar.lock;
		out->sync.condvar_scope = in->condvar.condvar_scope;
		out->sync.lock_scope = in->condvar.lock_scope;
		break;
	case CLOUDABI_EVENTTYPE_FD_READ:
	case CLOUDABI_EVENTTYPE_FD_WRITE:
		out->fd = in->fd_readwrite.fd;
		break;
	case CLOUDABI_EVENTTYPE_LOCK_RDLOCK:
	case CLOUDABI_EVENTTYPE_LOCK_WRLOCK:
		out->sync.lock = in->lock.lock;
		out->sync.lock_scope = in->lock.lock_scope;
		break;
	case CLOUDABI_EVENTTYPE_PROC_TERMINATE:
		out->fd = in->proc_terminate.fd;
		break;
	default:
		break;
	}
}

static int
poll_with(struct thread *td, struct cloudabi64_sys_poll_args *uap,
    struct cloudabi_subscription *subs, cloudabi_event_t *events)
{
	cloudabi64_subscription_t in;
	size_t i, nevents;
	int error;

	for (i = 0; i < uap->nsubscriptions; i++) {
		error = copyin(&uap->in[i], &in, sizeof(in));
		if (error != 0)
			return (error);
		convert(&in, &subs[i]);
	}
	/* So that a lock is not taken of which the program is never told. */
	error = copyout(events, uap->out,
	    uap->nsubscriptions * sizeof(events[0]));
	if (error != 0)
		return (error);
	error = cloudabi_poll(td, subs, uap->nsubscriptions, events, &nevents);
	if (error != 0)
		return (error);
	error = copyout(events, uap->out, nevents * sizeof(events[0]));
	td->td_retval[0] = nevents;
	return (error);
}

int
cloudabi64_sys_poll(struct thread *td, struct cloudabi64_sys_poll_args *uap)
{
	struct cloudabi_subscription few[FEW], *subs;
	cloudabi_event_t few_events[FEW], *events;
	int error;

	if (uap->nsubscriptions > SIZE_MAX / sizeof(uap->in[0]) ||
	    !cloudabi_accessible(td, (uintptr_t)uap->in,
	    uap->nsubscriptions * sizeof(uap->in[0]), VM_PROT_READ))
		return (EFAULT);
	if (uap->nsubscriptions > CLOUDABI_MAX_SUBSCRIPTIONS)
		return (ENOMEM);
	if (uap->nsubscriptions <= FEW) {
		memset(few_events, 0, sizeof(few_events));
		return (poll_with(td, uap, few, few_events));
	}
	subs = mallocarray(uap->nsubscriptions, sizeof(*subs), M_TEMP,
	    M_WAITOK);
	events = mallocarray(uap->nsubscriptions, sizeof(*events), M_TEMP,
	    M_WAITOK | M_ZERO);
	error = poll_with(td, uap, subs, events);
	free(events, M_TEMP);
	free(subs, M_TEMP);
	return (error);
}
