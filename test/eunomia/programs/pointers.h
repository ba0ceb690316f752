/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct unknown;
union unseen;

struct event {
	void *nothing;
	const char *text;
	struct unknown *forward;
	union unseen *hidden;
	struct event *self;
	int (*function)(int, struct unknown *);
	unsigned long long **two;
	int *volatile volatile_one;
};
