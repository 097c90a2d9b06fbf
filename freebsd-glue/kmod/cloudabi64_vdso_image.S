/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The linked vDSO, as data.
 */

	.section .rodata, "a", %progbits
	.balign 4096
	.globl cloudabi64_vdso_start
	.globl cloudabi64_vdso_end
cloudabi64_vdso_start:
	.incbin "cloudabi64_vdso.so"
cloudabi64_vdso_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
