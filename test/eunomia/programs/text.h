/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	char name[16];
	char empty[4];
	char full[4];
	char one[1];
	char quoted[8];
	char letters[16];
	int number;
};
