/* SPDX-License-Identifier: GPL-2.0 OR MIT */
typedef int number_t;
typedef number_t count_t;
typedef const volatile count_t kept_count_t;
typedef unsigned long long big_t;
typedef _Bool flag_t;
typedef enum { COLD, HOT } heat_t;
typedef struct {
	short x, y;
} point_t;
typedef union {
	int all;
	char some[4];
} mix_t;
typedef int triple_t[3];
typedef triple_t table_t[2];
typedef char comm_t[8];
typedef void *grip_t;
typedef double real_t;
typedef __int128 huge_t;

struct event {
	number_t number;
	count_t count;
	kept_count_t kept;
	big_t big;
	flag_t flag;
	heat_t heat;
	point_t point;
	mix_t mix;
	triple_t triple;
	table_t table;
	comm_t comm;
	const comm_t kept_comm;
	grip_t grip;
	real_t real;
	huge_t huge;
	const point_t still;
	volatile heat_t warm;
};
