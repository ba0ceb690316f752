/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	int number;
	char name[8];
};

struct other {
	unsigned long long twice;
	unsigned char last;
};
