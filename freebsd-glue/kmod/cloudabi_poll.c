/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Waiting: for descriptors and processes by way of a kqueue that lives for the
 * call only, for clocks by a timer in it, and for locks and condition
 * variables on their own.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/event.h>
#include <sys/file.h>
#include <sys/lock.h>
#include <sys/proc.h>
#include <sys/procdesc.h>
#include <sys/selinfo.h>
#include <sys/sx.h>
#include <sys/syscallsubr.h>
#include <sys/wait.h>

#include "cloudabi_call_rights.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"

#define	NANOSECONDS	1000000000UL
/* The longest that the timer is set for. It is set again then. */
#define	LONG_WAIT	(NANOSECONDS * 1000000)
/* The same if the clock may be set meanwhile, which nobody tells a kqueue. */
#define	SHORT_WAIT	NANOSECONDS

/* A call's state, for the kqueue's callbacks. */
struct polling {
	struct thread			*td;
	struct cloudabi_subscription	*subs;
	size_t				nsubs;
	size_t				next;	/* to be handed to the kqueue */
	uint64_t			timer;	/* in nanoseconds; 0: none */
	cloudabi_event_t		*events;
	size_t				nevents;
	bool				refused;	/* by the kqueue */
};

static void
add_event(struct polling *poll, struct cloudabi_subscription *sub,
    const cloudabi_event_t *particulars, cloudabi_errno_t error)
{
	cloudabi_event_t *event;

	KASSERT(poll->nevents < poll->nsubs, ("more events than subscriptions"));
	event = &poll->events[poll->nevents++];
	if (particulars != NULL && error == CLOUDABI_ESUCCESS)
		*event = *particulars;
	else
		memset(event, 0, sizeof(*event));
	event->userdata = sub->userdata;
	event->error = error;
	event->type = sub->type;
	sub->settled = true;
}

/* Whether the kqueue is to be asked about it. */
static bool
is_for_kqueue(const struct cloudabi_subscription *sub)
{

	return (sub->type != CLOUDABI_EVENTTYPE_CLOCK && !sub->repeats &&
	    !sub->settled);
}

/*
 * How a process ended. The kqueue passes on some bits of the exit code only,
 * but the process is there as long as its descriptor.
 */
static void
process_end(struct thread *td, cloudabi_fd_t fd, int status,
    cloudabi_event_t *event)
{
	struct cloudabi_holding holding;
	struct file *fp;
	struct proc *p;
	struct procdesc *pd;
	cloudabi_exitcode_t code;
	int sig;

	code = (cloudabi_exitcode_t)WEXITSTATUS(status);
	sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (cloudabi_hold(td, fd, &fp, &holding) == 0) {
		if (holding.type == CLOUDABI_FILETYPE_PROCESS) {
			sx_slock(&proctree_lock);
			pd = fp->f_data;
			p = pd->pd_proc;
			if (p != NULL && p->p_state == PRS_ZOMBIE) {
				code = p->p_xexit;
				sig = p->p_xsig;
			}
			sx_sunlock(&proctree_lock);
		}
		fdrop(fp, td);
	}
	if (sig != 0)
		event->proc_terminate.signal = cloudabi_signal_from_host(sig);
	else
		event->proc_terminate.exitcode = code;
}

static void
fill_kevent(struct polling *poll, size_t index, struct kevent *kev)
{
	struct cloudabi_subscription *sub;
	u_int fflags;
	short filter;

	sub = &poll->subs[index];
	switch (sub->type) {
	case CLOUDABI_EVENTTYPE_FD_READ:
		filter = EVFILT_READ;
		/* Files are ready at their ends too. */
		fflags = NOTE_FILE_POLL;
		break;
	case CLOUDABI_EVENTTYPE_FD_WRITE:
		filter = EVFILT_WRITE;
		fflags = 0;
		break;
	default:
		filter = EVFILT_PROCDESC;
		fflags = NOTE_EXIT;
		break;
	}
	EV_SET(kev, sub->fd, filter, EV_ADD, fflags, 0, (void *)index);
}

/* The kqueue asks for what is to be waited for. */
static int
copyin_kevents(void *arg, struct kevent *kev, int count)
{
	struct cloudabi_subscription *sub;
	struct polling *poll;

	poll = arg;
	while (count > 0 && poll->next < poll->nsubs) {
		sub = &poll->subs[poll->next];
		if (is_for_kqueue(sub)) {
			fill_kevent(poll, poll->next, kev);
			kev++;
			count--;
		}
		poll->next++;
	}
	if (count > 0)
		EV_SET(kev, 0, EVFILT_TIMER, EV_ADD | EV_ONESHOT,
		    NOTE_NSECONDS, poll->timer, (void *)poll->nsubs);
	return (0);
}

/*
 * What a kevent says about a subscription.
 */
static void
convert_kevent(struct polling *poll, const struct kevent *kev,
    struct cloudabi_subscription *sub)
{
	cloudabi_event_t event;
	int error;

	memset(&event, 0, sizeof(event));
	error = 0;
	if ((kev->flags & EV_ERROR) != 0) {
		error = kev->data;
		/* The kernel's ways to say that it has no such filter. */
		if (error == EINVAL || error == ENODEV || error == EOPNOTSUPP)
			error = ENOTSUP;
		poll->refused = true;
	} else if (sub->type == CLOUDABI_EVENTTYPE_PROC_TERMINATE) {
		process_end(poll->td, sub->fd, kev->data, &event);
	} else {
		/* Of datagrams it is all, and not what can be read at once. */
		if (!sub->datagrams)
			event.fd_readwrite.nbytes = MAX(kev->data, 0);
		if ((kev->flags & EV_EOF) != 0)
			event.fd_readwrite.flags =
			    CLOUDABI_EVENT_FD_READWRITE_HANGUP;
	}
	add_event(poll, sub, &event, cloudabi_errno_from_host(error));
}

/* The kqueue tells what has happened. */
static int
copyout_kevents(void *arg, struct kevent *kev, int count)
{
	struct cloudabi_subscription *sub;
	struct polling *poll;
	size_t i, index;

	poll = arg;
	for (; count > 0; count--, kev++) {
		index = (size_t)kev->udata;
		/* The timer only wakes us. */
		if (index >= poll->nsubs)
			continue;
		sub = &poll->subs[index];
		convert_kevent(poll, kev, sub);
		for (i = index + 1; i < poll->nsubs; i++)
			if (poll->subs[i].repeats &&
			    poll->subs[i].type == sub->type &&
			    poll->subs[i].fd == sub->fd)
				convert_kevent(poll, kev, &poll->subs[i]);
	}
	return (0);
}

/*
 * Turns a clock's subscription into one for a time of the clock.
 */
static int
set_deadline(struct thread *td, const struct cloudabi_subscription *sub,
    struct cloudabi_deadline *deadline)
{
	cloudabi_timestamp_t now;
	int error;

	switch (sub->clock.clock) {
	case CLOUDABI_CLOCK_MONOTONIC:
	case CLOUDABI_CLOCK_REALTIME:
		break;
	case CLOUDABI_CLOCK_PROCESS_CPUTIME_ID:
	case CLOUDABI_CLOCK_THREAD_CPUTIME_ID:
		return (ENOTSUP);
	default:
		return (EINVAL);
	}
	if ((sub->clock.flags & ~CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME) != 0)
		return (EINVAL);
	deadline->limited = true;
	deadline->clock = sub->clock.clock;
	deadline->time = sub->clock.timeout;
	deadline->slack = sub->clock.precision;
	if ((sub->clock.flags & CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME) != 0)
		return (0);
	/* A duration is the same by any clock, and this one is never set. */
	deadline->clock = CLOUDABI_CLOCK_MONOTONIC;
	error = cloudabi_clock_now(td, deadline->clock, &now);
	if (error != 0)
		return (error);
	deadline->time = deadline->time > UINT64_MAX - now ? UINT64_MAX :
	    now + deadline->time;
	return (0);
}

/*
 * Finds out what is wrong with subscriptions, and which ask for the same.
 */
static void
check(struct polling *poll)
{
	struct cloudabi_deadline deadline;
	struct cloudabi_holding holding;
	struct cloudabi_subscription *sub;
	size_t i, j;
	bool allowed;
	int error;

	for (i = 0; i < poll->nsubs; i++) {
		sub = &poll->subs[i];
		if (sub->type == CLOUDABI_EVENTTYPE_CLOCK) {
			error = set_deadline(poll->td, sub, &deadline);
			/* From here on it is a time of a clock. */
			sub->clock.clock = deadline.clock;
			sub->clock.timeout = deadline.time;
			sub->clock.flags = CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME;
		} else {
			error = cloudabi_hold(poll->td, sub->fd, NULL,
			    &holding);
			allowed = error == 0 &&
			    cloudabi_call_allowed_poll_in_fd_readwrite_fd(
			    holding.base, sub->type) &&
			    cloudabi_call_allowed_poll_in_proc_terminate_fd(
			    holding.base, sub->type);
			if (error == 0 && !allowed)
				error = ENOTCAPABLE;
			sub->datagrams = error == 0 &&
			    holding.type == CLOUDABI_FILETYPE_SOCKET_DGRAM;
			for (j = 0; j < i && error == 0 && !sub->repeats; j++)
				sub->repeats = poll->subs[j].type == sub->type &&
				    poll->subs[j].fd == sub->fd;
		}
		if (error != 0)
			add_event(poll, sub, NULL,
			    cloudabi_errno_from_host(error));
	}
}

/*
 * Looks at the clocks. Those whose time has come give events, if wanted; for
 * the others the timer is set.
 */
static int
look_at_clocks(struct polling *poll, bool collect)
{
	struct cloudabi_subscription *sub;
	cloudabi_timestamp_t now;
	uint64_t left;
	size_t i;
	int error;

	poll->timer = 0;
	for (i = 0; i < poll->nsubs; i++) {
		sub = &poll->subs[i];
		if (sub->type != CLOUDABI_EVENTTYPE_CLOCK || sub->settled)
			continue;
		error = cloudabi_clock_now(poll->td, sub->clock.clock, &now);
		if (error != 0)
			return (error);
		left = sub->clock.timeout > now ? sub->clock.timeout - now : 0;
		if (left == 0 && collect)
			add_event(poll, sub, NULL, CLOUDABI_ESUCCESS);
		left = MAX(MIN(left,
		    sub->clock.clock == CLOUDABI_CLOCK_REALTIME ? SHORT_WAIT :
		    LONG_WAIT), 1);
		if (poll->timer == 0 || left < poll->timer)
			poll->timer = left;
	}
	return (0);
}

/*
 * Waits for any of descriptors, processes and clocks.
 */
static int
poll_any(struct polling *poll)
{
	struct kevent_copyops ops = {
		.arg = poll,
		.k_copyout = copyout_kevents,
		.k_copyin = copyin_kevents,
	};
	size_t i, nkevents;
	int error;

	check(poll);
	do {
		error = look_at_clocks(poll, false);
		if (error != 0)
			return (error);
		/* What has happened is told, and the rest not waited for. */
		if (poll->nevents > 0)
			poll->timer = 1;
		nkevents = poll->timer != 0 ? 1 : 0;
		for (i = 0; i < poll->nsubs; i++)
			if (is_for_kqueue(&poll->subs[i]))
				nkevents++;
		poll->next = 0;
		poll->refused = false;
		error = kern_kevent_anonymous(poll->td, nkevents, &ops);
		if (error == EINTR)
			return (ERESTART);
		if (error == 0)
			error = look_at_clocks(poll, true);
	} while (error == 0 && (poll->nevents == 0 || poll->refused));
	poll->td->td_retval[0] = 0;
	return (error);
}

/*
 * Waits for a lock or a condition variable, and perhaps for a clock.
 */
static int
poll_sync(struct polling *poll)
{
	struct cloudabi_deadline deadline;
	struct cloudabi_subscription *sub;
	int error;

	sub = &poll->subs[0];
	deadline.limited = false;
	if (poll->nsubs == 2) {
		error = set_deadline(poll->td, &poll->subs[1], &deadline);
		if (error != 0) {
			add_event(poll, &poll->subs[1], NULL,
			    cloudabi_errno_from_host(error));
			return (0);
		}
	}
	if (sub->type == CLOUDABI_EVENTTYPE_CONDVAR)
		error = cloudabi_condvar_wait(poll->td, sub->sync.condvar,
		    sub->sync.condvar_scope, sub->sync.lock,
		    sub->sync.lock_scope, &deadline);
	else
		error = cloudabi_lock_acquire(poll->td, sub->sync.lock,
		    sub->sync.lock_scope,
		    sub->type == CLOUDABI_EVENTTYPE_LOCK_WRLOCK, &deadline);
	if (error == EINTR || error == ERESTART)
		return (ERESTART);
	if (error == EWOULDBLOCK)
		add_event(poll, &poll->subs[1], NULL, CLOUDABI_ESUCCESS);
	else
		add_event(poll, sub, NULL, cloudabi_errno_from_host(error));
	return (0);
}

int
cloudabi_poll(struct thread *td, struct cloudabi_subscription *subs,
    size_t nsubs, cloudabi_event_t *events, size_t *nevents)
{
	struct polling poll;
	size_t i;
	bool sync;
	int error;

	memset(&poll, 0, sizeof(poll));
	poll.td = td;
	poll.subs = subs;
	poll.nsubs = nsubs;
	poll.events = events;
	for (sync = false, i = 0; i < nsubs; i++) {
		subs[i].repeats = false;
		switch (subs[i].type) {
		case CLOUDABI_EVENTTYPE_CLOCK:
			if (sync && i > 1)
				return (EINVAL);
			break;
		case CLOUDABI_EVENTTYPE_CONDVAR:
		case CLOUDABI_EVENTTYPE_LOCK_RDLOCK:
		case CLOUDABI_EVENTTYPE_LOCK_WRLOCK:
			if (i > 0)
				return (EINVAL);
			sync = true;
			break;
		case CLOUDABI_EVENTTYPE_FD_READ:
		case CLOUDABI_EVENTTYPE_FD_WRITE:
		case CLOUDABI_EVENTTYPE_PROC_TERMINATE:
			if (sync)
				return (EINVAL);
			break;
		default:
			return (EINVAL);
		}
	}
	error = nsubs == 0 ? 0 : sync ? poll_sync(&poll) : poll_any(&poll);
	*nevents = poll.nevents;
	return (error);
}
