/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	char name[4];
	char next[4];
	int number;
};
