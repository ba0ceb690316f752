/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	unsigned long long most;
	unsigned long long odd;
	long long least;
	long long negative;
	unsigned long long plain;
};
