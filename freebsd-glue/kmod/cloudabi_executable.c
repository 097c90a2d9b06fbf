/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Looking at an executable before the program is replaced. The kernel does so
 * too, but finds some things out when the old program is gone, and would run
 * programs of other kinds, which would not have the listed descriptors only.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/elf.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include "cloudabi_call_rights.h"
#include "cloudabi_kern.h"

/* More program headers than this are in no program. */
#define	MAX_HEADERS	64

static int
read_at(struct thread *td, struct vnode *vp, void *buf, size_t len, off_t offset,
    bool *complete)
{
	ssize_t resid;
	int error;

	error = vn_rdwr(UIO_READ, vp, buf, len, offset, UIO_SYSSPACE, 0,
	    td->td_ucred, NOCRED, &resid, td);
	*complete = error == 0 && resid == 0;
	return (error);
}

/*
 * Whether the segments are in the file, and one behind the other.
 */
static int
check_segments(const Elf64_Phdr *headers, size_t count, off_t size)
{
	const Elf64_Phdr *header;
	uint64_t end;
	size_t i;
	bool loads;

	end = 0;
	loads = false;
	for (i = 0; i < count; i++) {
		header = &headers[i];
		if (header->p_type == PT_INTERP)
			return (ENOEXEC);
		if (header->p_type != PT_LOAD)
			continue;
		if (header->p_filesz > header->p_memsz ||
		    header->p_offset > (uint64_t)size ||
		    header->p_filesz > (uint64_t)size - header->p_offset ||
		    header->p_memsz > UINT64_MAX - header->p_vaddr ||
		    (loads && header->p_vaddr < end))
			return (EINVAL);
		end = header->p_vaddr + header->p_memsz;
		loads = true;
	}
	return (loads ? 0 : EINVAL);
}

static int
check_file(struct thread *td, struct vnode *vp)
{
	Elf64_Ehdr header;
	Elf64_Phdr *headers;
	struct vattr attr;
	bool complete;
	int error;

	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = VOP_GETATTR(vp, &attr, td->td_ucred);
	VOP_UNLOCK(vp);
	if (error == 0)
		error = read_at(td, vp, &header, sizeof(header), 0, &complete);
	if (error != 0)
		return (error);
	if (!complete || !IS_ELF(header) ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_ident[EI_OSABI] != ELFOSABI_CLOUDABI ||
	    header.e_type != ET_DYN || header.e_machine != ELF_ARCH ||
	    header.e_phentsize != sizeof(*headers) || header.e_phnum == 0 ||
	    header.e_phnum > MAX_HEADERS)
		return (ENOEXEC);
	headers = mallocarray(header.e_phnum, sizeof(*headers), M_TEMP,
	    M_WAITOK);
	error = read_at(td, vp, headers, header.e_phnum * sizeof(*headers),
	    header.e_phoff, &complete);
	if (error == 0 && !complete)
		error = ENOEXEC;
	if (error == 0)
		error = check_segments(headers, header.e_phnum, attr.va_size);
	free(headers, M_TEMP);
	return (error);
}

int
cloudabi_check_executable(struct thread *td, cloudabi_fd_t fd)
{
	struct cloudabi_holding holding;
	struct file *fp;
	int error;

	error = cloudabi_hold(td, fd, &fp, &holding);
	if (error != 0)
		return (error);
	if (!cloudabi_call_allowed_proc_exec_fd(holding.base))
		error = ENOTCAPABLE;
	else if (holding.type != CLOUDABI_FILETYPE_REGULAR_FILE)
		error = EACCES;
	else if ((fp->f_flag & (FREAD | FEXEC)) == 0)
		error = EBADF;
	else if ((fp->f_flag & FWRITE) != 0)
		/* The kernel calls such a descriptor a bad one. */
		error = ETXTBSY;
	else
		error = check_file(td, fp->f_vnode);
	fdrop(fp, td);
	return (error);
}
