/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	int number;
	int sum;
	int is_there;
	int is_missing;
};
