/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Queues of threads that wait for a word in user memory.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/time.h>

#include "cloudabi_kern.h"
#include "cloudabi_queue.h"

static MALLOC_DEFINE(M_CLOUDABI_QUEUE, "cloudabi", "CloudABI wait queues");

#define	BUCKETS	256

static struct bucket {
	struct mtx			lock;
	LIST_HEAD(, cloudabi_queue)	queues;
} buckets[BUCKETS];

void
cloudabi_queues_init(void)
{
	u_int i;

	for (i = 0; i < BUCKETS; i++) {
		mtx_init(&buckets[i].lock, "cloudabi queues", NULL, MTX_DEF);
		LIST_INIT(&buckets[i].queues);
	}
}

void
cloudabi_queues_fini(void)
{
	u_int i;

	for (i = 0; i < BUCKETS; i++) {
		KASSERT(LIST_EMPTY(&buckets[i].queues),
		    ("a thread of a program is left"));
		mtx_destroy(&buckets[i].lock);
	}
}

static struct bucket *
bucket_of(const struct umtx_key *key)
{

	return (&buckets[(u_int)key->hash % BUCKETS]);
}

static struct cloudabi_queue *
find(struct bucket *bucket, const struct umtx_key *key)
{
	struct cloudabi_queue *q;

	mtx_assert(&bucket->lock, MA_OWNED);
	LIST_FOREACH(q, &bucket->queues, link) {
		if (umtx_key_match(&q->key, key)) {
			q->refs++;
			return (q);
		}
	}
	return (NULL);
}

/*
 * Finds or makes the queue of a word, and locks it.
 */
int
cloudabi_queue_enter(uintptr_t word, cloudabi_scope_t scope,
    enum cloudabi_queue_kind kind, struct cloudabi_queue **qp)
{
	struct bucket *bucket;
	struct cloudabi_queue *fresh, *q;
	struct umtx_key key;
	int error, share, type;

	/* The scopes have queues of their own. */
	switch (scope) {
	case CLOUDABI_SCOPE_PRIVATE:
		share = THREAD_SHARE;
		type = kind == CLOUDABI_LOCKS ? TYPE_RWLOCK : TYPE_CV;
		break;
	case CLOUDABI_SCOPE_SHARED:
		/* As the memory is: what is not shared is private. */
		share = AUTO_SHARE;
		type = kind == CLOUDABI_LOCKS ? TYPE_NORMAL_UMUTEX : TYPE_SEM;
		break;
	default:
		return (EINVAL);
	}
	if ((word & (sizeof(uint32_t) - 1)) != 0)
		return (EINVAL);
	error = umtx_key_get((void *)word, type, share, &key);
	if (error != 0)
		return (error);

	bucket = bucket_of(&key);
	mtx_lock(&bucket->lock);
	q = find(bucket, &key);
	if (q == NULL) {
		mtx_unlock(&bucket->lock);
		fresh = malloc(sizeof(*fresh), M_CLOUDABI_QUEUE,
		    M_WAITOK | M_ZERO);
		/* A condition variable's queue is locked before a lock's. */
		sx_init(&fresh->lock, kind == CLOUDABI_LOCKS ?
		    "cloudabi lock" : "cloudabi condvar");
		TAILQ_INIT(&fresh->waiters);
		fresh->refs = 1;
		mtx_lock(&bucket->lock);
		q = find(bucket, &key);
		if (q == NULL) {
			q = fresh;
			q->key = key;
			LIST_INSERT_HEAD(&bucket->queues, q, link);
			mtx_unlock(&bucket->lock);
			sx_xlock(&q->lock);
			*qp = q;
			return (0);
		}
		mtx_unlock(&bucket->lock);
		sx_destroy(&fresh->lock);
		free(fresh, M_CLOUDABI_QUEUE);
	} else {
		mtx_unlock(&bucket->lock);
	}
	umtx_key_release(&key);
	sx_xlock(&q->lock);
	*qp = q;
	return (0);
}

/*
 * Unlocks a queue, which is gone then if nobody else uses it.
 */
void
cloudabi_queue_leave(struct cloudabi_queue *q)
{
	struct bucket *bucket;
	bool last;

	sx_xunlock(&q->lock);
	bucket = bucket_of(&q->key);
	mtx_lock(&bucket->lock);
	last = --q->refs == 0;
	if (last)
		LIST_REMOVE(q, link);
	mtx_unlock(&bucket->lock);
	if (last) {
		KASSERT(TAILQ_EMPTY(&q->waiters), ("a waiter without a queue"));
		umtx_key_release(&q->key);
		sx_destroy(&q->lock);
		free(q, M_CLOUDABI_QUEUE);
	}
}

#define	NANOSECONDS	1000000000UL

/* Rounded up, so that nobody wakes early. 0 if it is too far away. */
static sbintime_t
to_sbintime(cloudabi_timestamp_t time)
{
	uint64_t seconds;

	seconds = time / NANOSECONDS;
	if (seconds >= INT32_MAX)
		return (0);
	return ((sbintime_t)((seconds << 32) +
	    ((time % NANOSECONDS) << 32) / NANOSECONDS + 1));
}

/*
 * Sleeps until the thread is woken, which may be for no reason. EWOULDBLOCK
 * says that the time has come.
 */
int
cloudabi_queue_sleep(struct thread *td, struct cloudabi_queue *q,
    struct cloudabi_waiter *waiter, const struct cloudabi_deadline *deadline)
{
	cloudabi_timestamp_t now;
	sbintime_t slack, until;
	int error, flags;

	until = slack = 0;
	flags = 0;
	if (deadline != NULL && deadline->limited) {
		/* If the clock is set, the kernel wakes us to look again. */
		if (deadline->clock == CLOUDABI_CLOCK_REALTIME)
			td->td_rtcgen = atomic_load_acq_int(
			    (volatile u_int *)&rtc_generation);
		error = cloudabi_clock_now(td, deadline->clock, &now);
		if (error == 0 && now >= deadline->time)
			error = EWOULDBLOCK;
		if (error != 0) {
			td->td_rtcgen = 0;
			return (error);
		}
		slack = to_sbintime(deadline->slack);
		if (deadline->clock == CLOUDABI_CLOCK_REALTIME) {
			until = to_sbintime(deadline->time - now);
		} else {
			until = to_sbintime(deadline->time);
			flags = C_ABSOLUTE;
		}
	}
	error = _sleep(waiter, &q->lock.lock_object, PCATCH, "cloudabi", until,
	    slack, flags);
	td->td_rtcgen = 0;
	/* The time is looked at once more. */
	return (error == EWOULDBLOCK ? 0 : error);
}

int
cloudabi_word_load(uintptr_t word, uint32_t *value)
{

	return (fueword32((void *)word, (int32_t *)value) != 0 ? EFAULT : 0);
}

/*
 * Exchanges one value for another. EAGAIN: it was not there, or the processor
 * was disturbed.
 */
int
cloudabi_word_swap(uintptr_t word, uint32_t from, uint32_t to)
{
	uint32_t found;

	switch (casueword32((void *)word, from, &found, to)) {
	case 0:
		return (found == from ? 0 : EAGAIN);
	case 1:
		return (EAGAIN);
	default:
		return (EFAULT);
	}
}
