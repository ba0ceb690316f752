/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct count {
	unsigned int calls;
	int last;
	char comm[16];
};
