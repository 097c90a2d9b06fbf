/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Memory.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mman.h>
#include <sys/proc.h>
#include <sys/syscallsubr.h>
#include <sys/sysent.h>

#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_map.h>

#include "cloudabi_call_rights.h"
#include "cloudabi_compat.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"

/*
 * Protection of pages. What the ABI refuses is refused as unsupported:
 * undefined bits, and memory that can be written and run.
 */
static int
convert_prot(cloudabi_mprot_t prot, int *host)
{

	if (cloudabi_mprot_to_host(prot, host) != 0 ||
	    (*host & (PROT_WRITE | PROT_EXEC)) == (PROT_WRITE | PROT_EXEC))
		return (ENOTSUP);
	return (0);
}

/*
 * Whether a range begins at a page and lies in what programs can have, which
 * ends where the stack does: the vDSO above stays as it is.
 */
static int
check_range(struct thread *td, const void *start, size_t len)
{
	uintptr_t first;

	first = (uintptr_t)start;
	if ((first & PAGE_MASK) != 0)
		return (EINVAL);
	if (len > UINTPTR_MAX - first - PAGE_MASK ||
	    first < td->td_proc->p_sysent->sv_minuser ||
	    first + round_page(len) > td->td_proc->p_sysent->sv_usrstack)
		return (EFAULT);
	return (0);
}

/*
 * Whether all of a range is memory that the program may use in this way.
 */
bool
cloudabi_accessible(struct thread *td, uintptr_t start, size_t len, int prot)
{
	vm_map_t map;
	bool accessible;

	if (len == 0)
		return (true);
	if (len > td->td_proc->p_sysent->sv_maxuser ||
	    start > td->td_proc->p_sysent->sv_maxuser - len)
		return (false);
	map = &td->td_proc->p_vmspace->vm_map;
	vm_map_lock_read(map);
	accessible = vm_map_check_protection(map, trunc_page(start),
	    round_page(start + len), prot);
	vm_map_unlock_read(map);
	return (accessible);
}

/*
 * Whether all of a range is mapped.
 */
static int
check_mapped(struct thread *td, const void *start, size_t len)
{
	vm_map_entry_t entry;
	vm_map_t map;
	vm_offset_t end, next;
	int error;

	map = &td->td_proc->p_vmspace->vm_map;
	next = (vm_offset_t)start;
	end = next + round_page(len);
	error = 0;
	vm_map_lock_read(map);
	while (next < end) {
		if (!vm_map_lookup_entry(map, next, &entry) ||
		    (entry->eflags & MAP_ENTRY_GUARD) != 0) {
			error = ENOMEM;
			break;
		}
		next = entry->end;
	}
	vm_map_unlock_read(map);
	return (error);
}

/*
 * What may ever be done with a mapping of a descriptor. The kernel would go by
 * Capsicum's rights, of which there may be more for the sake of other calls.
 */
static int
most_prot(const struct cloudabi_holding *holding, cloudabi_mflags_t flags)
{
	int prot;

	prot = 0;
	if ((holding->base & CLOUDABI_RIGHT_FD_READ) != 0) {
		prot |= PROT_READ;
		if ((flags & CLOUDABI_MAP_PRIVATE) != 0 ||
		    (holding->base & CLOUDABI_RIGHT_FD_WRITE) != 0)
			prot |= PROT_WRITE;
	}
	if ((holding->base & CLOUDABI_RIGHT_MEM_MAP_EXEC) != 0)
		prot |= PROT_EXEC;
	return (prot);
}

int
cloudabi_sys_mem_map(struct thread *td, struct cloudabi_sys_mem_map_args *uap)
{
	struct cloudabi_holding holding;
	struct mmap_req req;
	int error, flags, prot;
	bool anonymous, fixed;

	anonymous = (uap->flags & CLOUDABI_MAP_ANON) != 0;
	fixed = (uap->flags & CLOUDABI_MAP_FIXED) != 0;
	/* A closed descriptor and a missing right come before all else. */
	if (!anonymous) {
		error = cloudabi_hold(td, uap->fd, NULL, &holding);
		if (error != 0)
			return (error);
	}
	error = convert_prot(uap->prot, &prot);
	if (error != 0)
		return (error);
	if (cloudabi_mflags_to_host(uap->flags, &flags) != 0)
		return (EINVAL);
	if (((uap->flags & CLOUDABI_MAP_PRIVATE) != 0) ==
	    ((uap->flags & CLOUDABI_MAP_SHARED) != 0) || uap->len == 0 ||
	    (uap->off & PAGE_MASK) != 0)
		return (EINVAL);
	if (anonymous && (uap->fd != CLOUDABI_MAP_ANON_FD || uap->off != 0))
		return (EINVAL);
	if (!anonymous && !cloudabi_call_allowed_mem_map_fd(holding.base,
	    uap->flags, uap->prot))
		return (ENOTCAPABLE);
	if (!anonymous && (uap->off > INT64_MAX ||
	    uap->len > INT64_MAX - uap->off))
		return (EOVERFLOW);
	if (fixed) {
		error = check_range(td, uap->addr, uap->len);
		if (error != 0)
			return (error);
	}

	memset(&req, 0, sizeof(req));
	req.mr_hint = (vm_offset_t)uap->addr;
	/* A hint that cannot be followed is no error. */
	if (!fixed && check_range(td, uap->addr, uap->len) != 0)
		req.mr_hint = 0;
	req.mr_len = uap->len;
	req.mr_prot = prot;
	if (!anonymous)
		req.mr_prot |= PROT_MAX(most_prot(&holding, uap->flags));
	else if (uap->len > td->td_proc->p_sysent->sv_usrstack)
		return (ENOMEM);
	req.mr_flags = flags;
	req.mr_fd = anonymous ? -1 : (int)uap->fd;
	req.mr_pos = uap->off;
	error = kern_mmap(td, &req);
	/* Sockets and the like have nothing that could be mapped. */
	if (error == EINVAL || error == EACCES || error == EOPNOTSUPP) {
		if (!anonymous && holding.type !=
		    CLOUDABI_FILETYPE_REGULAR_FILE && holding.type !=
		    CLOUDABI_FILETYPE_SHARED_MEMORY)
			error = ENODEV;
	}
	return (error);
}

int
cloudabi_sys_mem_unmap(struct thread *td,
    struct cloudabi_sys_mem_unmap_args *uap)
{
	int error;

	if (uap->mapping_len == 0)
		return (EINVAL);
	error = check_range(td, uap->mapping, uap->mapping_len);
	if (error != 0)
		return (error);
	return (kern_munmap(td, (uintptr_t)uap->mapping, uap->mapping_len));
}

int
cloudabi_sys_mem_protect(struct thread *td,
    struct cloudabi_sys_mem_protect_args *uap)
{
	int error, prot;

	error = convert_prot(uap->prot, &prot);
	if (error != 0)
		return (error);
	error = check_range(td, uap->mapping, uap->mapping_len);
	if (error != 0 || uap->mapping_len == 0)
		return (error);
	/* The kernel passes over gaps. */
	error = check_mapped(td, uap->mapping, uap->mapping_len);
	if (error != 0)
		return (error);
	return (cloudabi_mprotect(td, (uintptr_t)uap->mapping,
	    uap->mapping_len, prot));
}

int
cloudabi_sys_mem_sync(struct thread *td, struct cloudabi_sys_mem_sync_args *uap)
{
	int error, flags;

	if (cloudabi_msflags_to_host(uap->flags, &flags) != 0 ||
	    ((uap->flags & CLOUDABI_MS_ASYNC) != 0) ==
	    ((uap->flags & CLOUDABI_MS_SYNC) != 0))
		return (EINVAL);
	error = check_range(td, uap->mapping, uap->mapping_len);
	/* To the kernel a length of 0 is the whole mapping. */
	if (error != 0 || uap->mapping_len == 0)
		return (error);
	error = check_mapped(td, uap->mapping, uap->mapping_len);
	if (error != 0)
		return (error);
	return (kern_msync(td, (uintptr_t)uap->mapping, uap->mapping_len,
	    flags));
}

int
cloudabi_sys_mem_advise(struct thread *td,
    struct cloudabi_sys_mem_advise_args *uap)
{
	int advice, error;

	if (cloudabi_memory_advice_to_host(uap->advice, &advice) != 0 ||
	    uap->advice == CLOUDABI_ADVICE_NOREUSE)
		return (EINVAL);
	error = check_range(td, uap->mapping, uap->mapping_len);
	if (error != 0 || uap->mapping_len == 0)
		return (error);
	error = check_mapped(td, uap->mapping, uap->mapping_len);
	if (error != 0)
		return (error);
	return (kern_madvise(td, (uintptr_t)uap->mapping, uap->mapping_len,
	    advice));
}
