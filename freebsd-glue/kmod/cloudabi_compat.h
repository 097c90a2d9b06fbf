/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What differs between the releases of FreeBSD that the module supports, and
 * between its processors. Nothing else in the module asks for a version.
 */

#ifndef _CLOUDABI_COMPAT_H_
#define	_CLOUDABI_COMPAT_H_

#include <sys/param.h>
#include <sys/proc.h>
#include <sys/socket.h>
#include <sys/syscallsubr.h>

#if __FreeBSD_version < 1400063
#error "CloudABI needs FreeBSD 14 or newer"
#endif

/*
 * What an ELF brand's check looks like: its arguments differ from release to
 * release, and so does its result within FreeBSD 14.
 */
#if __FreeBSD_version >= 1500000
#define	CLOUDABI_HEADER_SUPPORTED(name, imgp)				\
	static bool							\
	name(const struct image_params *imgp,				\
	    const int32_t *osrel __unused, const uint32_t *fctl0 __unused)
#else
#define	CLOUDABI_HEADER_SUPPORTED(name, imgp)				\
	static __typeof(((Elf64_Brandinfo *)NULL)->header_supported(NULL,\
	    NULL, NULL))						\
	name(struct image_params *imgp, int32_t *osrel __unused,	\
	    uint32_t *fctl0 __unused)
#endif

#if __FreeBSD_version >= 1500000
#define	cloudabi_set_user_tls(td, base)	cpu_set_user_tls((td), (base), 0)
#else
#define	cloudabi_set_user_tls(td, base)	cpu_set_user_tls((td), (base))
#endif

/* Where the kernel's function cannot fail, it says so by returning nothing. */
#define	cloudabi_set_upcall(td, entry, arg, stack)			\
	__builtin_choose_expr(__builtin_types_compatible_p(		\
	    __typeof(cpu_set_upcall((td), (entry), (arg), (stack))), int),\
	    cpu_set_upcall((td), (entry), (arg), (stack)),		\
	    (cpu_set_upcall((td), (entry), (arg), (stack)), 0))

/* Flags came within FreeBSD 14, together with this one. */
#ifdef VM_MAP_PROTECT_GROWSDOWN
#define	cloudabi_mprotect(td, addr, len, prot)				\
	kern_mprotect((td), (addr), (len), (prot), 0)
#else
#define	cloudabi_mprotect(td, addr, len, prot)				\
	kern_mprotect((td), (addr), (len), (prot))
#endif

#define	cloudabi_renameat(td, oldfd, old, newfd, new)			\
	kern_renameat((td), (oldfd), (old), (newfd), (new), UIO_SYSSPACE)

/* Until late in 2022 a function could be called in the middle. */
#if __FreeBSD_version < 1400080
#define	cloudabi_statat(td, flag, fd, path, sb)				\
	kern_statat((td), (flag), (fd), (path), UIO_SYSSPACE, (sb), NULL)
#else
#define	cloudabi_statat(td, flag, fd, path, sb)				\
	kern_statat((td), (flag), (fd), (path), UIO_SYSSPACE, (sb))
#endif

/* The address that a connection comes from is of no interest to programs. */
#if __FreeBSD_version >= 1500000
static inline int
cloudabi_accept(struct thread *td, int fd, struct file **fpp)
{
	struct sockaddr_storage from;

	from.ss_len = sizeof(from);
	return (kern_accept4(td, fd, (struct sockaddr *)&from, 0, fpp));
}
#else
static inline int
cloudabi_accept(struct thread *td, int fd, struct file **fpp)
{

	return (kern_accept4(td, fd, NULL, NULL, 0, fpp));
}
#endif

/* A null pointer and what is near it never lead anywhere. */
#define	CLOUDABI_MINUSER	0x10000

/* The same at the end: what wraps around is off by little. */
#define	CLOUDABI_GUARD		0x10000

/* The end of a program's memory, with the vDSO in it. */
#if defined(__amd64__)
/* Five levels of page tables are for those who ask for them. */
#define	CLOUDABI_TOP		(VM_MAXUSER_ADDRESS_LA48 - CLOUDABI_GUARD)
#elif defined(__aarch64__)
#define	CLOUDABI_TOP		(VM_MAXUSER_ADDRESS - CLOUDABI_GUARD)
#else
#error "CloudABI does not run on this processor"
#endif

#endif /* !_CLOUDABI_COMPAT_H_ */
