/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	unsigned int number;
	unsigned int pid;
	unsigned long long twice;
	char comm[16];
};
