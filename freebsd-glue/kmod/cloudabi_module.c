/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The module that programs of all word sizes share.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/module.h>

#include "cloudabi_kern.h"

static int
modevent(module_t mod __unused, int type, void *data __unused)
{

	switch (type) {
	case MOD_LOAD:
		cloudabi_queues_init();
		return (0);
	case MOD_UNLOAD:
		/* Nobody can be using it: what could depends on it. */
		cloudabi_queues_fini();
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t cloudabi_module = {
	"cloudabi",
	modevent,
	NULL
};

DECLARE_MODULE_TIED(cloudabi, cloudabi_module, SI_SUB_EXEC, SI_ORDER_FIRST);
MODULE_VERSION(cloudabi, 1);
