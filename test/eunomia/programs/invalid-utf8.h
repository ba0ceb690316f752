/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	int number;
	char bytes[16];
	char cut[8];
};
