/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the parts of the module for 64-bit programs know of each other.
 */

#ifndef _CLOUDABI64_KERN_H_
#define	_CLOUDABI64_KERN_H_

#include <sys/param.h>
#include <sys/sysent.h>

#include "cloudabi64_types.h"

struct image_params;
struct ksiginfo;
struct __sigset;
struct thread;

/* Generated. */
extern struct sysent cloudabi64_sysent[];
extern const char *cloudabi64_syscallnames[];

/* The vDSO's image (cloudabi64_vdso_image.S). */
extern const char cloudabi64_vdso_start[];
extern const char cloudabi64_vdso_end[];

/* cloudabi64_vdso.c */
int	cloudabi64_vdso_init(void);
void	cloudabi64_vdso_fini(void);
size_t	cloudabi64_vdso_size(void);
int	cloudabi64_vdso_map(struct image_params *imgp, uintptr_t *address);

/* cloudabi64_start.c */
int	cloudabi64_copyout_strings(struct image_params *imgp,
	    uintptr_t *stack_base);
int	cloudabi64_fixup(uintptr_t *stack_base, struct image_params *imgp);
uintptr_t cloudabi64_auxv(uintptr_t stack_base);

/* cloudabi64_fault.c */
void	cloudabi64_sendsig(void (*catcher)(int), struct ksiginfo *ksi,
	    struct __sigset *mask);
int	cloudabi64_check_results(struct thread *td, uintptr_t pc);
void	cloudabi64_catch_faults(struct thread *td);

/* cloudabi64_amd64.c, cloudabi64_arm64.c: what depends on the processor. */
#if defined(__aarch64__)
/* Reserved for the TCB, at the thread pointer itself. */
#define	CLOUDABI64_TCB_SPACE	16
#else
/* A word that points to the TCB, at the thread pointer, and the TCB. */
#define	CLOUDABI64_TCB_SPACE	(sizeof(uint64_t) + sizeof(cloudabi64_tcb_t))
#endif

int	cloudabi64_copyout_tcb(uintptr_t address);
void	cloudabi64_setregs(struct thread *td, struct image_params *imgp,
	    uintptr_t stack_base);
int	cloudabi64_fetch_syscall_args(struct thread *td);
void	cloudabi64_set_fork_retval(struct thread *td);
void	cloudabi64_schedtail(struct thread *td);
bool	cloudabi64_leave_stub(struct thread *td, uintptr_t vdso);
int	cloudabi64_thread_setregs(struct thread *td,
	    const cloudabi64_threadattr_t *attr, uintptr_t stack);

#endif /* !_CLOUDABI64_KERN_H_ */
