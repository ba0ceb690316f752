/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	signed char s8;
	unsigned char u8;
	short s16;
	unsigned short u16;
	int s32;
	unsigned int u32;
	long long s64;
	unsigned long long u64;
	long slong;
	unsigned long ulong;
	__int128 s128;
	unsigned __int128 u128;
};
