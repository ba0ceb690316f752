/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of the x86-64 binary, before the runtime's own: is this a processor that the runtime was compiled for? Without
 * this question it would die of SIGILL in a constructor, long before it asks for SSE4.2 itself. original, sentence and sentence_bytes
 * are the linker's to fill in: there is room for little more than these instructions.
 */
#define SSE3	(1 << 0)
#define SSSE3	(1 << 9)
#define SSE4_1	(1 << 19)
#define SSE4_2	(1 << 20)
#define POPCNT	(1 << 23)
#define NEEDED	(SSE3 | SSSE3 | SSE4_1 | SSE4_2 | POPCNT)

#define SYS_write	1
#define SYS_exit_group	231

	.text
	.globl	entry
entry:
	endbr64
	/* the dynamic loader leaves a function pointer there for the real entry */
	mov	%rdx, %r8
	mov	$1, %eax
	cpuid
	and	$NEEDED, %ecx
	cmp	$NEEDED, %ecx
	mov	%r8, %rdx
	jne	refuse
	jmp	original

refuse:
	mov	$SYS_write, %eax
	mov	$2, %edi
	mov	$sentence, %esi
	mov	$sentence_bytes, %edx
	syscall
	mov	$SYS_exit_group, %eax
	mov	$1, %edi
	syscall
