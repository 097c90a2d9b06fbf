/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Clocks.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>
#include <sys/syscallsubr.h>
#include <sys/time.h>

#include "cloudabi_convert.h"
#include "cloudabi_kern.h"

#define	NANOSECONDS	1000000000UL

/*
 * Nanoseconds since 1970 or since a clock's start. What was before that is 0.
 */
int
cloudabi_to_timestamp(const struct timespec *ts, cloudabi_timestamp_t *out)
{

	if (ts->tv_sec < 0) {
		*out = 0;
		return (0);
	}
	if ((uint64_t)ts->tv_sec > UINT64_MAX / NANOSECONDS ||
	    ((uint64_t)ts->tv_sec == UINT64_MAX / NANOSECONDS &&
	    (uint64_t)ts->tv_nsec > UINT64_MAX % NANOSECONDS))
		return (EOVERFLOW);
	*out = (uint64_t)ts->tv_sec * NANOSECONDS + ts->tv_nsec;
	return (0);
}

void
cloudabi_to_timespec(cloudabi_timestamp_t time, struct timespec *ts)
{

	ts->tv_sec = time / NANOSECONDS;
	ts->tv_nsec = time % NANOSECONDS;
}

int
cloudabi_clock_now(struct thread *td, cloudabi_clockid_t clock,
    cloudabi_timestamp_t *now)
{
	struct timespec ts;
	int error, host;

	error = cloudabi_clockid_to_host(clock, &host);
	if (error == 0)
		error = kern_clock_gettime(td, host, &ts);
	if (error == 0)
		error = cloudabi_to_timestamp(&ts, now);
	return (error);
}

int
cloudabi_sys_clock_res_get(struct thread *td,
    struct cloudabi_sys_clock_res_get_args *uap)
{
	struct timespec ts;
	cloudabi_timestamp_t resolution;
	int error, host;

	error = cloudabi_clockid_to_host(uap->clock_id, &host);
	if (error == 0)
		error = kern_clock_getres(td, host, &ts);
	if (error == 0)
		error = cloudabi_to_timestamp(&ts, &resolution);
	if (error == 0)
		td->td_retval[0] = MAX(resolution, 1);
	return (error);
}

int
cloudabi_sys_clock_time_get(struct thread *td,
    struct cloudabi_sys_clock_time_get_args *uap)
{
	cloudabi_timestamp_t now;
	int error;

	error = cloudabi_clock_now(td, uap->clock_id, &now);
	if (error == 0)
		td->td_retval[0] = now;
	return (error);
}
