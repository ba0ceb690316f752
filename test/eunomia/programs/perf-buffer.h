/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	int number;
	unsigned int pad;
	char comm[16];
	unsigned char odd;
} __attribute__((packed));
