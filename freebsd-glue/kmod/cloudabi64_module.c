/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The module for 64-bit programs: the brand of their files, and what the
 * kernel does for their processes.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/exec.h>
#include <sys/imgact.h>
#include <sys/imgact_elf.h>
#include <sys/kernel.h>
#include <sys/module.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/sysent.h>

#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_param.h>

#include <machine/md_var.h>

#include "cloudabi64_kern.h"
#include "cloudabi64_syscall.h"
#include "cloudabi_compat.h"
#include "cloudabi_convert.h"
#include "cloudabi_kern.h"

/* There is no code that returns from signal handlers. */
static int no_signal_code = 0;

static void
set_syscall_retval(struct thread *td, int error)
{

	switch (error) {
	case 0:
	case EJUSTRETURN:
	case ERESTART:
		break;
	default:
		error = cloudabi_errno_from_host(error);
		break;
	}
	cpu_set_syscall_retval(td, error);
}

static void
on_exit(struct proc *p)
{

	cloudabi_forget_descriptors(curthread);
	exit_onexit(p);
}

static struct sysentvec cloudabi64_sysvec = {
	.sv_size		= CLOUDABI64_SYS_MAXSYSCALL,
	.sv_table		= cloudabi64_sysent,
	.sv_fixup		= cloudabi64_fixup,
	.sv_sendsig		= cloudabi64_sendsig,
	.sv_szsigcode		= &no_signal_code,
	.sv_name		= __DECONST(char *, "CloudABI ELF64"),
	.sv_coredump		= elf64_coredump,
	.sv_elf_core_osabi	= ELFOSABI_CLOUDABI,
	.sv_elf_core_abi_vendor	= FREEBSD_ABI_VENDOR,
	.sv_elf_core_prepare_notes = elf64_prepare_notes,
	.sv_minsigstksz		= MINSIGSTKSZ,
	.sv_minuser		= CLOUDABI_MINUSER,
	.sv_maxuser		= CLOUDABI_TOP,
	.sv_stackprot		= VM_PROT_READ | VM_PROT_WRITE,
	.sv_copyout_strings	= cloudabi64_copyout_strings,
	.sv_setregs		= cloudabi64_setregs,
	.sv_flags		= ELFOSABI_CLOUDABI | SV_ASLR | SV_LP64,
	.sv_set_syscall_retval	= set_syscall_retval,
	.sv_fetch_syscall_args	= cloudabi64_fetch_syscall_args,
	.sv_syscallnames	= cloudabi64_syscallnames,
	.sv_schedtail		= cloudabi64_schedtail,
	.sv_onexec_old		= exec_onexec_old,
	.sv_onexit		= on_exit,
	.sv_set_fork_retval	= cloudabi64_set_fork_retval,
};

/*
 * A program is position-independent, and is started with descriptors that it
 * may have. Those of proc_exec() were looked at before.
 */
CLOUDABI_HEADER_SUPPORTED(is_program, imgp)
{
	const Elf64_Ehdr *header;

	header = (const Elf64_Ehdr *)imgp->image_header;
	return (header->e_type == ET_DYN && (curthread->td_emuldata != NULL ||
	    cloudabi_descriptors_allowed(curthread)));
}

static Elf64_Brandinfo cloudabi64_brand = {
	.brand			= ELFOSABI_CLOUDABI,
#if defined(__amd64__)
	.machine		= EM_X86_64,
#elif defined(__aarch64__)
	.machine		= EM_AARCH64,
#endif
	.compat_3_brand		= "CloudABI",
	.sysvec			= &cloudabi64_sysvec,
	.header_supported	= is_program,
	.flags			= BI_CAN_EXEC_DYN | BI_BRAND_ONLY_STATIC,
};

static int
modevent(module_t mod __unused, int type, void *data __unused)
{
	int error;

	switch (type) {
	case MOD_LOAD:
		error = cloudabi64_vdso_init();
		if (error != 0)
			return (error);
		/* The vDSO lies above the stack. */
		cloudabi64_sysvec.sv_usrstack = CLOUDABI_TOP -
		    cloudabi64_vdso_size();
		if (elf64_insert_brand_entry(&cloudabi64_brand) != 0) {
			cloudabi64_vdso_fini();
			return (ENOSPC);
		}
		return (0);
	case MOD_UNLOAD:
		/* Not while a program runs. */
		if (elf64_brand_inuse(&cloudabi64_brand) ||
		    elf64_remove_brand_entry(&cloudabi64_brand) != 0)
			return (EBUSY);
		cloudabi64_vdso_fini();
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t cloudabi64_module = {
	"cloudabi64",
	modevent,
	NULL
};

DECLARE_MODULE_TIED(cloudabi64, cloudabi64_module, SI_SUB_EXEC, SI_ORDER_ANY);
MODULE_VERSION(cloudabi64, 1);
MODULE_DEPEND(cloudabi64, cloudabi, 1, 1, 1);
