/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Queues of threads that wait for a word in user memory.
 */

#ifndef _CLOUDABI_QUEUE_H_
#define	_CLOUDABI_QUEUE_H_

#include <sys/queue.h>
#include <sys/lock.h>
#include <sys/sx.h>
#include <sys/mutex.h>
#include <sys/umtxvar.h>

struct thread;
struct cloudabi_deadline;
struct cloudabi_queue;

/* A thread that waits. It lies on the thread's kernel stack. */
struct cloudabi_waiter {
	TAILQ_ENTRY(cloudabi_waiter)	link;
	cloudabi_tid_t			tid;
	bool				write;	/* wants the lock for writing */
	bool				done;	/* was woken by another thread */
};

/*
 * The queue of one word. It exists while somebody uses it. Its lock is held
 * while the word is looked at and changed, and user memory may well have to be
 * paged in meanwhile, so it is a lock under which one can sleep, and one for
 * each word: no program can hold up another one's.
 */
struct cloudabi_queue {
	struct sx			lock;
	TAILQ_HEAD(, cloudabi_waiter)	waiters;
	u_int				writers;	/* among them */
	struct umtx_key			partner;	/* a condvar's lock */
	/* Protected by the table. */
	LIST_ENTRY(cloudabi_queue)	link;
	struct umtx_key			key;
	u_int				refs;
};

/* A queue of locks' words, or one of condition variables' words. */
enum cloudabi_queue_kind { CLOUDABI_LOCKS, CLOUDABI_CONDVARS };

int	cloudabi_queue_enter(uintptr_t word, cloudabi_scope_t scope,
	    enum cloudabi_queue_kind kind, struct cloudabi_queue **qp);
void	cloudabi_queue_leave(struct cloudabi_queue *q);
int	cloudabi_queue_sleep(struct thread *td, struct cloudabi_queue *q,
	    struct cloudabi_waiter *waiter,
	    const struct cloudabi_deadline *deadline);
int	cloudabi_word_load(uintptr_t word, uint32_t *value);
int	cloudabi_word_swap(uintptr_t word, uint32_t from, uint32_t to);

/* Parts of locking for condition variables; the queue's lock is held. */
int	cloudabi_lock_check(struct thread *td, uintptr_t lock);
int	cloudabi_lock_pass(struct thread *td, struct cloudabi_queue *q,
	    uintptr_t lock);

#endif /* !_CLOUDABI_QUEUE_H_ */
