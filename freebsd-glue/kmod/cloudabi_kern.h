/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the parts of the module know of each other.
 */

#ifndef _CLOUDABI_KERN_H_
#define	_CLOUDABI_KERN_H_

#include <sys/types.h>

#include "cloudabi_types_common.h"
#include "cloudabi_proto.h"

struct file;
struct filecaps;
struct image_params;
struct stat;
struct sysentvec;
struct thread;
struct timespec;
struct vm_object;

/*
 * Descriptors and their rights (cloudabi_rights.c).
 */
struct cloudabi_holding {
	cloudabi_filetype_t	type;		/* what it is */
	cloudabi_rights_t	base;		/* what it can do itself */
	cloudabi_rights_t	inheriting;	/* what it can let inherit */
	bool			pair;		/* one end of a socket pair */
};

int	cloudabi_hold(struct thread *td, cloudabi_fd_t fd, struct file **fpp,
	    struct cloudabi_holding *holding);
int	cloudabi_require(struct thread *td, cloudabi_fd_t fd,
	    cloudabi_rights_t needed);
cloudabi_filetype_t cloudabi_file_type(struct file *fp, bool *terminal);
void	cloudabi_kind_rights(struct file *fp, cloudabi_rights_t *base,
	    cloudabi_rights_t *inheriting);
void	cloudabi_filecaps(struct filecaps *fcaps, cloudabi_rights_t base,
	    cloudabi_rights_t inheriting, bool pair);
int	cloudabi_limit(struct thread *td, cloudabi_fd_t fd, struct file *fp,
	    cloudabi_rights_t base, cloudabi_rights_t inheriting, bool pair);
void	cloudabi_fit(struct thread *td, int fd, struct file *fp,
	    cloudabi_rights_t bound);

/*
 * Files (cloudabi_path.c, cloudabi_stat.c).
 */
int	cloudabi_copyin_path(const char *upath, size_t len, char **pathp);
void	cloudabi_free_path(char *path);
void	cloudabi_stat_out(const struct stat *sb, cloudabi_filetype_t type,
	    cloudabi_filestat_t *out);

/*
 * Memory (cloudabi_mem.c).
 */
bool	cloudabi_accessible(struct thread *td, uintptr_t start, size_t len,
	    int prot);

/*
 * Clocks (cloudabi_clock.c).
 */
int	cloudabi_to_timestamp(const struct timespec *ts,
	    cloudabi_timestamp_t *out);
void	cloudabi_to_timespec(cloudabi_timestamp_t time, struct timespec *ts);
int	cloudabi_clock_now(struct thread *td, cloudabi_clockid_t clock,
	    cloudabi_timestamp_t *now);

/*
 * Locks and condition variables (cloudabi_queue.c, cloudabi_lock.c,
 * cloudabi_condvar.c).
 */

/* Until when a thread waits. */
struct cloudabi_deadline {
	bool			limited;	/* or else for ever */
	cloudabi_clockid_t	clock;
	cloudabi_timestamp_t	time;		/* what the clock will say */
	cloudabi_timestamp_t	slack;		/* by how much it may be late */
};

int	cloudabi_lock_acquire(struct thread *td, uintptr_t lock,
	    cloudabi_scope_t scope, bool write,
	    const struct cloudabi_deadline *deadline);
int	cloudabi_lock_release(struct thread *td, uintptr_t lock,
	    cloudabi_scope_t scope);
int	cloudabi_condvar_wait(struct thread *td, uintptr_t condvar,
	    cloudabi_scope_t condvar_scope, uintptr_t lock,
	    cloudabi_scope_t lock_scope,
	    const struct cloudabi_deadline *deadline);
void	cloudabi_queues_init(void);
void	cloudabi_queues_fini(void);

/*
 * Waiting for descriptors, clocks and processes (cloudabi_poll.c). A
 * subscription in a form that does not depend on the word size.
 */
struct cloudabi_subscription {
	cloudabi_userdata_t	userdata;
	cloudabi_eventtype_t	type;
	bool			repeats;	/* an earlier one asks the same */
	bool			settled;	/* it has given its event */
	bool			datagrams;	/* the descriptor carries them */
	union {
		struct {
			cloudabi_clockid_t	clock;
			cloudabi_subclockflags_t flags;
			cloudabi_timestamp_t	timeout;
			cloudabi_timestamp_t	precision;
		} clock;
		struct {
			uintptr_t		condvar;
			uintptr_t		lock;
			cloudabi_scope_t	condvar_scope;
			cloudabi_scope_t	lock_scope;
		} sync;
		cloudabi_fd_t			fd;
	};
};

#define	CLOUDABI_MAX_SUBSCRIPTIONS	8192

int	cloudabi_poll(struct thread *td, struct cloudabi_subscription *subs,
	    size_t nsubs, cloudabi_event_t *events, size_t *nevents);

/*
 * Sockets (cloudabi_sock.c).
 */
struct uio;
int	cloudabi_send_error(const struct cloudabi_holding *holding, int error);
int	cloudabi_sock_send(struct thread *td, cloudabi_fd_t fd,
	    struct uio *data, const cloudabi_fd_t *ufds, size_t nfds,
	    cloudabi_siflags_t flags, size_t *datalen);
int	cloudabi_sock_recv(struct thread *td, cloudabi_fd_t fd,
	    struct uio *data, cloudabi_fd_t *ufds, size_t nfds,
	    cloudabi_riflags_t flags, size_t *datalen, size_t *fdslen,
	    cloudabi_roflags_t *rflags);

/*
 * Starting programs (cloudabi_start.c, cloudabi_exec.c).
 */
#define	CLOUDABI_CANARY_LEN	64
#define	CLOUDABI_UUID_LEN	16

int	cloudabi_copyout_block(uintptr_t *sp, const void *data, size_t len,
	    uintptr_t *address);
int	cloudabi_copyout_start(struct image_params *imgp, uintptr_t *sp,
	    uintptr_t *argdata, size_t *argdatalen, uintptr_t *canary,
	    uintptr_t *pid);
int	cloudabi_check_executable(struct thread *td, cloudabi_fd_t fd);
int	cloudabi_install_descriptors(struct thread *td);
void	cloudabi_forget_descriptors(struct thread *td);
void	cloudabi_enter_sandbox(struct thread *td);
bool	cloudabi_descriptors_allowed(struct thread *td);

#endif /* !_CLOUDABI_KERN_H_ */
