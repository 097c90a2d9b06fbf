/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Names of files. In capability mode the kernel keeps every look-up beneath the
 * directory that it starts from.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/syscallsubr.h>
#include <sys/uio.h>

#include <vm/vm.h>

#include "cloudabi_call_rights.h"
#include "cloudabi_compat.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"

/* New files and directories, before the process's mask. */
#define	DIRECTORY_MODE	0777

/*
 * Copies a path in and ends it with NUL.
 */
int
cloudabi_copyin_path(const char *upath, size_t len, char **pathp)
{
	char *path;
	int error;

	*pathp = NULL;
	if (len >= MAXPATHLEN)
		return (ENAMETOOLONG);
	path = malloc(len + 1, M_TEMP, M_WAITOK);
	error = copyin(upath, path, len);
	if (error == 0 && memchr(path, '\0', len) != NULL)
		error = EINVAL;
	if (error == 0 && len == 0)
		error = ENOENT;
	if (error != 0) {
		free(path, M_TEMP);
		return (error);
	}
	path[len] = '\0';
	*pathp = path;
	return (0);
}

void
cloudabi_free_path(char *path)
{

	free(path, M_TEMP);
}

int
cloudabi_sys_file_create(struct thread *td,
    struct cloudabi_sys_file_create_args *uap)
{
	struct cloudabi_holding holding;
	char *path;
	int error;

	error = cloudabi_hold(td, uap->fd, NULL, &holding);
	if (error != 0)
		return (error);
	if (uap->type != CLOUDABI_FILETYPE_DIRECTORY)
		return (EINVAL);
	if (!cloudabi_call_allowed_file_create_fd(holding.base, uap->type))
		return (ENOTCAPABLE);
	error = cloudabi_copyin_path(uap->path, uap->path_len, &path);
	if (error != 0)
		return (error);
	error = kern_mkdirat(td, uap->fd, path, UIO_SYSSPACE, DIRECTORY_MODE);
	cloudabi_free_path(path);
	return (error);
}

int
cloudabi_sys_file_link(struct thread *td,
    struct cloudabi_sys_file_link_args *uap)
{
	char *path1, *path2;
	int error, flags;

	error = cloudabi_require(td, uap->fd1.fd,
	    CLOUDABI_CALL_RIGHTS_FILE_LINK_FD1_FD);
	if (error == 0)
		error = cloudabi_require(td, uap->fd2,
		    CLOUDABI_CALL_RIGHTS_FILE_LINK_FD2);
	if (error == 0)
		error = cloudabi_lookupflags_link_to_host(uap->fd1.flags,
		    &flags);
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path1, uap->path1_len, &path1);
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path2, uap->path2_len, &path2);
	if (error == 0) {
		error = kern_linkat(td, uap->fd1.fd, uap->fd2, path1, path2,
		    UIO_SYSSPACE, flags);
		cloudabi_free_path(path2);
	}
	cloudabi_free_path(path1);
	return (error);
}

int
cloudabi_sys_file_readlink(struct thread *td,
    struct cloudabi_sys_file_readlink_args *uap)
{
	char *path;
	int error;

	error = cloudabi_require(td, uap->fd,
	    CLOUDABI_CALL_RIGHTS_FILE_READLINK_FD);
	if (error != 0)
		return (error);
	if (!cloudabi_accessible(td, (uintptr_t)uap->buf, uap->buf_len,
	    VM_PROT_WRITE))
		return (EFAULT);
	error = cloudabi_copyin_path(uap->path, uap->path_len, &path);
	if (error != 0)
		return (error);
	error = kern_readlinkat(td, uap->fd, path, UIO_SYSSPACE, uap->buf,
	    UIO_USERSPACE, MIN(uap->buf_len, IOSIZE_MAX));
	cloudabi_free_path(path);
	return (error);
}

/*
 * A new name that ends in a slash is one for a directory. Of another file the
 * kernel says that the new name does not exist.
 */
static int
rename_error(struct thread *td, cloudabi_fd_t fd, const char *path1,
    const char *path2, int error)
{
	struct stat sb;
	size_t len;

	len = strlen(path2);
	if (error == ENOENT && len > 0 && path2[len - 1] == '/' &&
	    cloudabi_statat(td, AT_SYMLINK_NOFOLLOW, fd, path1, &sb) == 0 &&
	    !S_ISDIR(sb.st_mode))
		return (ENOTDIR);
	return (error);
}

int
cloudabi_sys_file_rename(struct thread *td,
    struct cloudabi_sys_file_rename_args *uap)
{
	char *path1, *path2;
	int error;

	error = cloudabi_require(td, uap->fd1,
	    CLOUDABI_CALL_RIGHTS_FILE_RENAME_FD1);
	if (error == 0)
		error = cloudabi_require(td, uap->fd2,
		    CLOUDABI_CALL_RIGHTS_FILE_RENAME_FD2);
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path1, uap->path1_len, &path1);
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path2, uap->path2_len, &path2);
	if (error == 0) {
		error = cloudabi_renameat(td, uap->fd1, path1, uap->fd2,
		    path2);
		error = rename_error(td, uap->fd1, path1, path2, error);
		cloudabi_free_path(path2);
	}
	cloudabi_free_path(path1);
	return (error);
}

int
cloudabi_sys_file_symlink(struct thread *td,
    struct cloudabi_sys_file_symlink_args *uap)
{
	char *path1, *path2;
	int error;

	error = cloudabi_require(td, uap->fd,
	    CLOUDABI_CALL_RIGHTS_FILE_SYMLINK_FD);
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path1, uap->path1_len, &path1);
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path2, uap->path2_len, &path2);
	if (error == 0) {
		error = kern_symlinkat(td, path1, uap->fd, path2,
		    UIO_SYSSPACE);
		cloudabi_free_path(path2);
	}
	cloudabi_free_path(path1);
	return (error);
}

int
cloudabi_sys_file_unlink(struct thread *td,
    struct cloudabi_sys_file_unlink_args *uap)
{
	char *path;
	int error, flags;

	error = cloudabi_require(td, uap->fd,
	    CLOUDABI_CALL_RIGHTS_FILE_UNLINK_FD);
	if (error == 0)
		error = cloudabi_ulflags_to_host(uap->flags, &flags);
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path, uap->path_len, &path);
	if (error != 0)
		return (error);
	if ((uap->flags & CLOUDABI_UNLINK_REMOVEDIR) != 0)
		error = kern_frmdirat(td, uap->fd, path, FD_NONE, UIO_SYSSPACE,
		    0);
	else
		error = kern_funlinkat(td, uap->fd, path, FD_NONE,
		    UIO_SYSSPACE, 0, 0);
	cloudabi_free_path(path);
	return (error);
}
