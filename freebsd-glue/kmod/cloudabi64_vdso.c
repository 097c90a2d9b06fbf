/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The vDSO: one image in memory that all programs have mapped.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/imgact.h>
#include <sys/lock.h>
#include <sys/proc.h>
#include <sys/rwlock.h>
#include <sys/sched.h>
#include <sys/sf_buf.h>
#include <sys/sysent.h>

#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_extern.h>
#include <vm/vm_map.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pager.h>

#include "cloudabi64_kern.h"

static vm_object_t image;

size_t
cloudabi64_vdso_size(void)
{

	return (round_page(cloudabi64_vdso_end - cloudabi64_vdso_start));
}

int
cloudabi64_vdso_init(void)
{
	struct sf_buf *sf;
	vm_page_t m;
	size_t len, offset, size;

	size = cloudabi64_vdso_size();
	image = vm_pager_allocate(OBJT_PHYS, NULL, size, VM_PROT_DEFAULT, 0,
	    NULL);
	if (image == NULL)
		return (ENOMEM);
	for (offset = 0; offset < size; offset += PAGE_SIZE) {
		VM_OBJECT_WLOCK(image);
		m = vm_page_grab(image, OFF_TO_IDX(offset), VM_ALLOC_ZERO);
		VM_OBJECT_WUNLOCK(image);
		len = MIN((size_t)(cloudabi64_vdso_end -
		    cloudabi64_vdso_start) - offset, PAGE_SIZE);
		sched_pin();
		sf = sf_buf_alloc(m, SFB_CPUPRIVATE);
		memset((void *)sf_buf_kva(sf), 0, PAGE_SIZE);
		memcpy((void *)sf_buf_kva(sf), cloudabi64_vdso_start + offset,
		    len);
		sf_buf_free(sf);
		sched_unpin();
		vm_page_valid(m);
		vm_page_xunbusy(m);
	}
	return (0);
}

void
cloudabi64_vdso_fini(void)
{

	vm_object_deallocate(image);
}

/*
 * Maps it where the stack ends, to be read and run and never written.
 */
int
cloudabi64_vdso_map(struct image_params *imgp, uintptr_t *address)
{
	vm_map_t map;
	vm_offset_t start;
	int error;

	map = &imgp->proc->p_vmspace->vm_map;
	start = imgp->proc->p_sysent->sv_usrstack;
	vm_object_reference(image);
	error = vm_map_fixed(map, image, 0, start, cloudabi64_vdso_size(),
	    VM_PROT_READ | VM_PROT_EXECUTE, VM_PROT_READ | VM_PROT_EXECUTE,
	    MAP_INHERIT_SHARE | MAP_ACC_NO_CHARGE);
	if (error != KERN_SUCCESS) {
		vm_object_deallocate(image);
		return (vm_mmap_to_errno(error));
	}
	*address = start;
	return (0);
}
