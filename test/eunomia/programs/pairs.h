/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Structs that are members of other programs' events. They have a header of their own, because ecc
 * exports every struct in NAME.h.
 */
struct pair {
	int left;
	long long right;
};

struct named {
	char name[8];
	struct pair pair;
};

union either {
	unsigned int whole;
	unsigned char bytes[4];
};
