/* SPDX-License-Identifier: GPL-2.0 OR MIT */
enum small { TINY = 1, LESS = 200 } __attribute__((mode(byte)));
enum middle { HALF = 300, WHOLE = 40000 } __attribute__((mode(HI)));

struct event {
	enum small small;
	enum middle middle;
};
