/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	int number;
	char title[16];
	char lines[16];
	char rest[8];
};
