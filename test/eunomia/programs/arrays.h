/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "pairs.h"

struct event {
	int ints[3];
	unsigned short grid[2][3];
	unsigned char cube[2][2][2];
	struct pair pairs[2];
	void *pointers[2];
	char names[2][4];
	long long one[1];
	int none[0];
};
