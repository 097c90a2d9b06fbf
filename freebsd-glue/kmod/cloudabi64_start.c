/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Starting 64-bit programs: the stack. From its top: argument data, canary,
 * UUID, auxiliary vector, and the thread pointer's area, at the bottom.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/exec.h>
#include <sys/filedesc.h>
#include <sys/imgact.h>
#include <sys/imgact_elf.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/smp.h>

#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_map.h>

#include "cloudabi64_kern.h"
#include "cloudabi_kern.h"

/* Entries of the auxiliary vector. */
#define	AUXV_LEN	13

uintptr_t
cloudabi64_auxv(uintptr_t stack_base)
{

	return (stack_base + CLOUDABI64_TCB_SPACE);
}

int
cloudabi64_copyout_strings(struct image_params *imgp, uintptr_t *stack_base)
{
	cloudabi64_auxv_t auxv[AUXV_LEN];
	Elf64_Auxargs *elf;
	uintptr_t argdata, canary, pid, sp, vdso;
	size_t argdatalen;
	int error, n;

	error = cloudabi64_vdso_map(imgp, &vdso);
	if (error != 0)
		return (error);
	sp = imgp->proc->p_vmspace->vm_stacktop;
	error = cloudabi_copyout_start(imgp, &sp, &argdata, &argdatalen,
	    &canary, &pid);
	if (error != 0)
		return (error);

	elf = imgp->auxargs;
	memset(auxv, 0, sizeof(auxv));
	n = 0;
#define	NUMBER(type, value) do {					\
	auxv[n].a_type = (type);					\
	auxv[n++].a_val = (value);					\
} while (0)
#define	ADDRESS(type, value) do {					\
	auxv[n].a_type = (type);					\
	auxv[n++].a_ptr = (value);					\
} while (0)
	ADDRESS(CLOUDABI_AT_ARGDATA, argdata);
	NUMBER(CLOUDABI_AT_ARGDATALEN, argdatalen);
	ADDRESS(CLOUDABI_AT_BASE, elf->base);
	ADDRESS(CLOUDABI_AT_CANARY, canary);
	NUMBER(CLOUDABI_AT_CANARYLEN, CLOUDABI_CANARY_LEN);
	NUMBER(CLOUDABI_AT_NCPUS, mp_ncpus);
	NUMBER(CLOUDABI_AT_PAGESZ, PAGE_SIZE);
	ADDRESS(CLOUDABI_AT_PHDR, elf->phdr);
	NUMBER(CLOUDABI_AT_PHNUM, elf->phnum);
	ADDRESS(CLOUDABI_AT_PID, pid);
	ADDRESS(CLOUDABI_AT_SYSINFO_EHDR, vdso);
	NUMBER(CLOUDABI_AT_TID, curthread->td_tid);
	NUMBER(CLOUDABI_AT_NULL, 0);
#undef NUMBER
#undef ADDRESS
	KASSERT(n == AUXV_LEN, ("the auxiliary vector has %d entries", n));
	free(imgp->auxargs, M_TEMP);
	imgp->auxargs = NULL;

	sp = rounddown2(sp - sizeof(auxv) - CLOUDABI64_TCB_SPACE, 16);
	*stack_base = sp;
	error = copyout(auxv, (void *)cloudabi64_auxv(sp), sizeof(auxv));
	if (error != 0)
		return (error);
	return (cloudabi64_copyout_tcb(sp));
}

/*
 * The last step that may fail: the descriptors.
 */
int
cloudabi64_fixup(uintptr_t *stack_base __unused,
    struct image_params *imgp __unused)
{
	int error;

	error = cloudabi_install_descriptors(curthread);
	if (error != 0)
		return (error);
	/* Nobody else is to put descriptors into the table. */
	fdunshare(curthread);
	return (cloudabi_descriptors_allowed(curthread) ? 0 : EOPNOTSUPP);
}
