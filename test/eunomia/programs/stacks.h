/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	unsigned int who;
	unsigned int cpu;
	char comm[16];
	int kstack_sz;
	int ustack_sz;
	unsigned long long kstack[32];
	unsigned long long ustack[32];
};
