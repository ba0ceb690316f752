/* SPDX-License-Identifier: GPL-2.0 OR MIT */
enum wide { NEAR = 1, FAR = 0x123456789abcdefULL, MAX_WIDE = 0xffffffffffffffffULL };
enum deep { BOTTOM = -0x123456789abcdefLL, TOP = 1 };

struct event {
	int number;
	enum wide wide;
	enum deep deep;
};
