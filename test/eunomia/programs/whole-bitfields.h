/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	unsigned int first : 8;
	unsigned int second : 8;
	unsigned int third : 16;
	unsigned int plain;
};
