/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Attributes of files, and space for them.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/syscallsubr.h>
#include <sys/uio.h>

#include "cloudabi_call_rights.h"
#include "cloudabi_compat.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"

#define	TIME_FLAGS							\
	(CLOUDABI_FILESTAT_ATIM | CLOUDABI_FILESTAT_ATIM_NOW |		\
	CLOUDABI_FILESTAT_MTIM | CLOUDABI_FILESTAT_MTIM_NOW)

static cloudabi_timestamp_t
time_out(const struct timespec *ts)
{
	cloudabi_timestamp_t time;

	/* A file from after July 2554 is from the end of time. */
	if (cloudabi_to_timestamp(ts, &time) != 0)
		time = UINT64_MAX;
	return (time);
}

void
cloudabi_stat_out(const struct stat *sb, cloudabi_filetype_t type,
    cloudabi_filestat_t *out)
{

	memset(out, 0, sizeof(*out));
	out->st_dev = sb->st_dev;
	out->st_ino = sb->st_ino;
	out->st_filetype = type;
	out->st_nlink = MIN(sb->st_nlink, UINT32_MAX);
	out->st_size = sb->st_size < 0 ? 0 : sb->st_size;
	out->st_atim = time_out(&sb->st_atim);
	out->st_mtim = time_out(&sb->st_mtim);
	out->st_ctim = time_out(&sb->st_ctim);
}

int
cloudabi_sys_file_stat_fget(struct thread *td,
    struct cloudabi_sys_file_stat_fget_args *uap)
{
	cloudabi_filestat_t out;
	struct cloudabi_holding holding;
	struct file *fp;
	struct stat sb;
	int error;

	error = cloudabi_hold(td, uap->fd, &fp, &holding);
	if (error != 0)
		return (error);
	if (!cloudabi_call_allowed_file_stat_fget_fd(holding.base)) {
		fdrop(fp, td);
		return (ENOTCAPABLE);
	}
	error = fo_stat(fp, &sb, td->td_ucred);
	fdrop(fp, td);
	if (error != 0)
		return (error);
	cloudabi_stat_out(&sb, holding.type, &out);
	return (copyout(&out, uap->buf, sizeof(out)));
}

int
cloudabi_sys_file_stat_get(struct thread *td,
    struct cloudabi_sys_file_stat_get_args *uap)
{
	cloudabi_filestat_t out;
	struct stat sb;
	char *path;
	int error, flags;

	error = cloudabi_require(td, uap->fd.fd,
	    CLOUDABI_CALL_RIGHTS_FILE_STAT_GET_FD_FD);
	if (error == 0)
		error = cloudabi_lookupflags_at_to_host(uap->fd.flags, &flags);
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path, uap->path_len, &path);
	if (error != 0)
		return (error);
	error = cloudabi_statat(td, flags, uap->fd.fd, path, &sb);
	cloudabi_free_path(path);
	if (error != 0)
		return (error);
	cloudabi_stat_out(&sb, cloudabi_filetype_from_host(sb.st_mode & S_IFMT),
	    &out);
	return (copyout(&out, uap->buf, sizeof(out)));
}

/*
 * The pair of times that the kernel's functions take.
 */
static void
times_in(const cloudabi_filestat_t *in, cloudabi_fsflags_t flags,
    struct timespec *ts)
{

	ts[0].tv_sec = ts[1].tv_sec = 0;
	ts[0].tv_nsec = ts[1].tv_nsec = UTIME_OMIT;
	if ((flags & CLOUDABI_FILESTAT_ATIM_NOW) != 0)
		ts[0].tv_nsec = UTIME_NOW;
	else if ((flags & CLOUDABI_FILESTAT_ATIM) != 0)
		cloudabi_to_timespec(in->st_atim, &ts[0]);
	if ((flags & CLOUDABI_FILESTAT_MTIM_NOW) != 0)
		ts[1].tv_nsec = UTIME_NOW;
	else if ((flags & CLOUDABI_FILESTAT_MTIM) != 0)
		cloudabi_to_timespec(in->st_mtim, &ts[1]);
}

int
cloudabi_sys_file_stat_put(struct thread *td,
    struct cloudabi_sys_file_stat_put_args *uap)
{
	cloudabi_filestat_t in;
	struct timespec ts[2];
	char *path;
	int error, flags;

	error = cloudabi_require(td, uap->fd.fd,
	    CLOUDABI_CALL_RIGHTS_FILE_STAT_PUT_FD_FD);
	if (error == 0)
		error = cloudabi_lookupflags_at_to_host(uap->fd.flags, &flags);
	if (error == 0 && (uap->flags & ~TIME_FLAGS) != 0)
		error = EINVAL;
	if (error == 0)
		error = copyin(uap->buf, &in, sizeof(in));
	if (error != 0)
		return (error);
	error = cloudabi_copyin_path(uap->path, uap->path_len, &path);
	if (error != 0)
		return (error);
	times_in(&in, uap->flags, ts);
	error = kern_utimensat(td, uap->fd.fd, path, UIO_SYSSPACE, ts,
	    UIO_SYSSPACE, flags);
	cloudabi_free_path(path);
	return (error);
}

int
cloudabi_sys_file_stat_fput(struct thread *td,
    struct cloudabi_sys_file_stat_fput_args *uap)
{
	cloudabi_filestat_t in;
	struct cloudabi_holding holding;
	struct timespec ts[2];
	bool size;
	int error;

	error = cloudabi_hold(td, uap->fd, NULL, &holding);
	if (error != 0)
		return (error);
	error = copyin(uap->buf, &in, sizeof(in));
	if (error != 0)
		return (error);
	size = (uap->flags & CLOUDABI_FILESTAT_SIZE) != 0;
	if (uap->flags == 0 ||
	    (uap->flags & ~(TIME_FLAGS | CLOUDABI_FILESTAT_SIZE)) != 0 ||
	    (size && uap->flags != CLOUDABI_FILESTAT_SIZE))
		return (EINVAL);
	if (!cloudabi_call_allowed_file_stat_fput_fd(holding.base, uap->flags))
		return (ENOTCAPABLE);
	if (size) {
		if (in.st_size > INT64_MAX)
			return (EINVAL);
		return (kern_ftruncate(td, uap->fd, in.st_size));
	}
	times_in(&in, uap->flags, ts);
	return (kern_futimens(td, uap->fd, ts, UIO_SYSSPACE));
}

int
cloudabi_sys_file_advise(struct thread *td,
    struct cloudabi_sys_file_advise_args *uap)
{
	int advice, error;

	error = cloudabi_require(td, uap->fd,
	    CLOUDABI_CALL_RIGHTS_FILE_ADVISE_FD);
	if (error != 0)
		return (error);
	if (cloudabi_file_advice_to_host(uap->advice, &advice) != 0 ||
	    uap->offset > INT64_MAX || uap->len > INT64_MAX)
		return (EINVAL);
	/* The kernel refuses parts that reach beyond the largest offset. */
	if (uap->len > INT64_MAX - uap->offset)
		uap->len = 0;
	return (kern_posix_fadvise(td, uap->fd, uap->offset, uap->len,
	    advice));
}

int
cloudabi_sys_file_allocate(struct thread *td,
    struct cloudabi_sys_file_allocate_args *uap)
{
	int error;

	error = cloudabi_require(td, uap->fd,
	    CLOUDABI_CALL_RIGHTS_FILE_ALLOCATE_FD);
	if (error != 0)
		return (error);
	if (uap->len == 0 || uap->offset > INT64_MAX || uap->len > INT64_MAX)
		return (EINVAL);
	return (kern_posix_fallocate(td, uap->fd, uap->offset, uap->len));
}
