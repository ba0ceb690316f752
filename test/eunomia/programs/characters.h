/* SPDX-License-Identifier: GPL-2.0 OR MIT */
typedef char letter_t;
typedef char name_t[8];

struct event {
	char letter;
	signed char with_sign;
	unsigned char without;
	unsigned char bytes[4];
	signed char numbers[4];
	letter_t letters[4];
	const char kept[4];
	volatile char volatiles[4];
	name_t name;
	const name_t kept_name;
};
