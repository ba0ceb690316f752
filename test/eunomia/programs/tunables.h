/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	short s16;
	unsigned short u16;
	int s32;
	unsigned int u32;
	long slong;
	long long s64;
	unsigned long long u64;
	int pid;
	char text[16];
	int zero;
	long long started;
	int untouched;
};
