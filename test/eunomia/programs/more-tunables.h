/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	float single;
	double twice;
	unsigned long ulong;
	unsigned int word;
	char letter;
	unsigned char byte;
	int heat;
};
