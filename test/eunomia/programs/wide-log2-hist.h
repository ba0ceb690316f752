/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct hist {
	char comm[16];
	unsigned int slots[60];
	int total;
};
