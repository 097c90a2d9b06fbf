/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The rights of descriptors.
 *
 * Capsicum keeps one set of rights for a descriptor, in units of its own.
 * The ABI has two sets, and divides them more finely. So a descriptor that the
 * module makes or limits carries, in terms of Capsicum, what both sets
 * together need, and the kernel enforces that wherever the descriptor goes.
 * The two sets themselves travel with it, in the list of ioctl commands that
 * Capsicum keeps with each descriptor: two numbers of which no ioctl command
 * can be one, since those have 32 bits and these have the top ones set. A
 * descriptor without such a record has the rights that its Capsicum rights
 * amount to, as far as they make sense for what it is.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/conf.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/limits.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/protosw.h>
#include <sys/seqc.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/sx.h>
#include <sys/vnode.h>

#include "cloudabi_capsicum.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"
#include "cloudabi_kinds.h"

/* The kernel's type for these lists. */
MALLOC_DECLARE(M_FILECAPS);

#define	RECORD_MARK	0xcab1000000000000UL
#define	RECORD_MASK	0xffff000000000000UL
/* Beside the rights: it was made as one end of a pair. */
#define	RECORD_PAIR	0x0000800000000000UL
#define	RECORD_LEN	2
#define	RECORD_FCNTLS	(CAP_FCNTL_GETFL | CAP_FCNTL_SETFL)

static bool
record_get(const struct filecaps *fcaps, struct cloudabi_holding *holding)
{

	if (fcaps->fc_nioctls != RECORD_LEN || fcaps->fc_ioctls == NULL ||
	    (fcaps->fc_ioctls[0] & RECORD_MASK) != RECORD_MARK ||
	    (fcaps->fc_ioctls[1] & RECORD_MASK) != RECORD_MARK)
		return (false);
	holding->base = fcaps->fc_ioctls[0] & ~(RECORD_MASK | RECORD_PAIR);
	holding->inheriting = fcaps->fc_ioctls[1] & ~RECORD_MASK;
	holding->pair = (fcaps->fc_ioctls[0] & RECORD_PAIR) != 0;
	return (true);
}

/*
 * What Capsicum has to allow for these rights to work.
 */
static void
record_rights(cap_rights_t *rights, cloudabi_rights_t base,
    cloudabi_rights_t inheriting)
{

	cloudabi_capsicum_to_host(base | inheriting, rights);
	/* The flags can always be asked for; the record needs CAP_IOCTL. */
	cap_rights_set(rights, CAP_FCNTL, CAP_IOCTL);
	/* A listening socket is read from by accepting. */
	if (((base | inheriting) & CLOUDABI_RIGHT_FD_READ) != 0)
		cap_rights_set(rights, CAP_ACCEPT);
}

/*
 * Capabilities for a new descriptor.
 */
void
cloudabi_filecaps(struct filecaps *fcaps, cloudabi_rights_t base,
    cloudabi_rights_t inheriting, bool pair)
{

	filecaps_init(fcaps);
	record_rights(&fcaps->fc_rights, base, inheriting);
	fcaps->fc_fcntls = RECORD_FCNTLS;
	fcaps->fc_ioctls = mallocarray(RECORD_LEN, sizeof(u_long), M_FILECAPS,
	    M_WAITOK);
	fcaps->fc_ioctls[0] = RECORD_MARK | (pair ? RECORD_PAIR : 0) | base;
	fcaps->fc_ioctls[1] = RECORD_MARK | inheriting;
	fcaps->fc_nioctls = RECORD_LEN;
}

static bool
vnode_is_terminal(struct vnode *vp)
{
	struct cdev *dev;
	bool terminal;

	dev_lock();
	dev = vp->v_rdev;
	terminal = dev != NULL && dev->si_devsw != NULL &&
	    (dev->si_devsw->d_flags & D_TTY) != 0;
	dev_unlock();
	return (terminal);
}

/*
 * What an open file is. Pipes and FIFOs count as byte streams.
 */
cloudabi_filetype_t
cloudabi_file_type(struct file *fp, bool *terminal)
{
	struct socket *so;
	struct vnode *vp;

	*terminal = false;
	switch (fp->f_type) {
	case DTYPE_FIFO:
	case DTYPE_PIPE:
		return (CLOUDABI_FILETYPE_SOCKET_STREAM);
	case DTYPE_PROCDESC:
		return (CLOUDABI_FILETYPE_PROCESS);
	case DTYPE_PTS:
		*terminal = true;
		return (CLOUDABI_FILETYPE_CHARACTER_DEVICE);
	case DTYPE_SHM:
		return (CLOUDABI_FILETYPE_SHARED_MEMORY);
	case DTYPE_SOCKET:
		so = fp->f_data;
		return (cloudabi_socket_type_from_host(so->so_type));
	case DTYPE_VNODE:
		vp = fp->f_vnode;
		switch (vp->v_type) {
		case VBLK:
			return (CLOUDABI_FILETYPE_BLOCK_DEVICE);
		case VCHR:
			*terminal = vnode_is_terminal(vp);
			return (CLOUDABI_FILETYPE_CHARACTER_DEVICE);
		case VDIR:
			return (CLOUDABI_FILETYPE_DIRECTORY);
		case VFIFO:
		case VSOCK:
			return (CLOUDABI_FILETYPE_SOCKET_STREAM);
		case VLNK:
			return (CLOUDABI_FILETYPE_SYMBOLIC_LINK);
		case VREG:
			return (CLOUDABI_FILETYPE_REGULAR_FILE);
		default:
			break;
		}
		break;
	default:
		break;
	}
	return (CLOUDABI_FILETYPE_UNKNOWN);
}

/*
 * The rights that make sense for an open file.
 */
void
cloudabi_kind_rights(struct file *fp, cloudabi_rights_t *base,
    cloudabi_rights_t *inheriting)
{
	bool terminal;

	switch (cloudabi_file_type(fp, &terminal)) {
	case CLOUDABI_FILETYPE_DIRECTORY:
		*base = CLOUDABI_KIND_DIRECTORY_BASE;
		*inheriting = CLOUDABI_KIND_DIRECTORY_INHERITING;
		break;
	case CLOUDABI_FILETYPE_PROCESS:
		*base = CLOUDABI_KIND_PROCESS_BASE;
		*inheriting = CLOUDABI_KIND_PROCESS_INHERITING;
		break;
	case CLOUDABI_FILETYPE_REGULAR_FILE:
		*base = CLOUDABI_KIND_REGULAR_FILE_BASE;
		*inheriting = CLOUDABI_KIND_REGULAR_FILE_INHERITING;
		break;
	case CLOUDABI_FILETYPE_SHARED_MEMORY:
		*base = CLOUDABI_KIND_SHARED_MEMORY_BASE;
		*inheriting = CLOUDABI_KIND_SHARED_MEMORY_INHERITING;
		break;
	case CLOUDABI_FILETYPE_SOCKET_DGRAM:
	case CLOUDABI_FILETYPE_SOCKET_STREAM:
		*base = CLOUDABI_KIND_SOCKET_BASE;
		*inheriting = CLOUDABI_KIND_SOCKET_INHERITING;
		break;
	default:
		if (terminal) {
			*base = CLOUDABI_KIND_TERMINAL_BASE;
			*inheriting = CLOUDABI_KIND_TERMINAL_INHERITING;
		} else {
			*base = CLOUDABI_KIND_DEVICE_BASE;
			*inheriting = CLOUDABI_KIND_DEVICE_INHERITING;
		}
		break;
	}
}

/*
 * What an open file can be used for as it was opened: one that cannot be
 * read has no right to it, whatever Capsicum says.
 */
static cloudabi_rights_t
mode_rights(const struct file *fp)
{
	cloudabi_rights_t rights;

	rights = ~(cloudabi_rights_t)0;
	if (fp->f_type != DTYPE_VNODE && fp->f_type != DTYPE_FIFO &&
	    fp->f_type != DTYPE_PIPE && fp->f_type != DTYPE_SHM)
		return (rights);
	if ((fp->f_flag & FREAD) == 0)
		rights &= ~(CLOUDABI_RIGHT_FD_READ |
		    CLOUDABI_RIGHT_FILE_READDIR | CLOUDABI_RIGHT_MEM_MAP |
		    CLOUDABI_RIGHT_MEM_MAP_EXEC);
	if ((fp->f_flag & FWRITE) == 0)
		rights &= ~(CLOUDABI_RIGHT_FD_WRITE |
		    CLOUDABI_RIGHT_FILE_ALLOCATE |
		    CLOUDABI_RIGHT_FILE_STAT_FPUT_SIZE);
	return (rights);
}

/*
 * Looks up a descriptor: what it is and may do, and, if wanted, the open file,
 * with a reference.
 */
int
cloudabi_hold(struct thread *td, cloudabi_fd_t fd, struct file **fpp,
    struct cloudabi_holding *holding)
{
	struct filedesc *fdp;
	struct filedescent *fde;
	struct file *fp;
	cloudabi_rights_t base, inheriting, known;
	bool recorded, terminal;

	if (fd > INT_MAX)
		return (EBADF);
	fdp = td->td_proc->p_fd;
	FILEDESC_SLOCK(fdp);
	fde = fdeget_noref(fdp, fd);
	if (fde == NULL || !fhold(fde->fde_file)) {
		FILEDESC_SUNLOCK(fdp);
		return (EBADF);
	}
	fp = fde->fde_file;
	holding->pair = false;
	recorded = record_get(&fde->fde_caps, holding);
	known = cloudabi_capsicum_from_host(&fde->fde_caps.fc_rights);
	FILEDESC_SUNLOCK(fdp);

	holding->type = cloudabi_file_type(fp, &terminal);
	if (!recorded) {
		cloudabi_kind_rights(fp, &base, &inheriting);
		holding->base = base & mode_rights(fp);
		holding->inheriting = inheriting;
	}
	/* Whoever made the record, it gives nothing that Capsicum does not. */
	holding->base &= known;
	holding->inheriting &= known;
	if (fpp != NULL)
		*fpp = fp;
	else
		fdrop(fp, td);
	return (0);
}

/*
 * Whether a descriptor carries all of these rights.
 */
int
cloudabi_require(struct thread *td, cloudabi_fd_t fd, cloudabi_rights_t needed)
{
	struct cloudabi_holding holding;
	int error;

	error = cloudabi_hold(td, fd, NULL, &holding);
	if (error != 0)
		return (error);
	return ((holding.base & needed) == needed ? 0 : ENOTCAPABLE);
}

/*
 * Reduces the rights of a descriptor, if it still refers to this file and has
 * them.
 */
int
cloudabi_limit(struct thread *td, cloudabi_fd_t fd, struct file *fp,
    cloudabi_rights_t base, cloudabi_rights_t inheriting, bool pair)
{
	struct filecaps fcaps, old;
	struct filedesc *fdp;
	struct filedescent *fde;
	cloudabi_rights_t known;
	int error;

	cloudabi_filecaps(&fcaps, base, inheriting, pair);
	filecaps_init(&old);
	fdp = td->td_proc->p_fd;
	error = 0;
	FILEDESC_XLOCK(fdp);
	fde = fdeget_noref(fdp, fd);
	if (fde == NULL || fde->fde_file != fp) {
		error = EBADF;
	} else {
		known = cloudabi_capsicum_from_host(&fde->fde_caps.fc_rights);
		if (((base | inheriting) & ~known) != 0) {
			error = ENOTCAPABLE;
		} else {
			/*
			 * What is there only for the record's sake was perhaps
			 * not there before, and allows nothing.
			 */
			if (!cap_rights_is_set(&fde->fde_caps.fc_rights,
			    CAP_ACCEPT))
				cap_rights_clear(&fcaps.fc_rights, CAP_ACCEPT);
			seqc_write_begin(&fde->fde_seqc);
			old = fde->fde_caps;
			fde->fde_caps = fcaps;
			seqc_write_end(&fde->fde_seqc);
			fcaps.fc_ioctls = NULL;
		}
	}
	FILEDESC_XUNLOCK(fdp);
	free(fcaps.fc_ioctls, M_FILECAPS);
	free(old.fc_ioctls, M_FILECAPS);
	return (error);
}

/*
 * Cuts the rights of a descriptor that has arrived to what makes sense for it
 * and to what the way it came by lets through. They are then written down, so that nothing else
 * is ever read off the kernel's own rights.
 */
void
cloudabi_fit(struct thread *td, int fd, struct file *fp,
    cloudabi_rights_t bound)
{
	struct cloudabi_holding holding;
	cloudabi_rights_t base, inheriting;

	if (cloudabi_hold(td, fd, NULL, &holding) != 0)
		return;
	cloudabi_kind_rights(fp, &base, &inheriting);
	(void)cloudabi_limit(td, fd, fp, holding.base & base & bound,
	    holding.inheriting & inheriting & bound, holding.pair);
}
