/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	int a;
	long long b;
	int the_longest_name_of_all_of_these;
	char text[32];
	int UPPER_and_lower;
	int z;
};
