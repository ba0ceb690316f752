/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "pairs.h"

struct event {
	int number;
	struct pair pair;
	struct named named;
	union either either;
	struct {
		short x;
		short y;
	} point;
	struct {
		int hidden;
	};
	union {
		int as_int;
		unsigned char as_bytes[4];
	} own;
	struct named list[2];
	struct {
	} nothing;
	int last;
};
