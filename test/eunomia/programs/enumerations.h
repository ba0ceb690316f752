/* SPDX-License-Identifier: GPL-2.0 OR MIT */
enum color { RED, GREEN = 7, BLUE };
enum depth { BELOW = -3, SURFACE = 0, ABOVE = 3 };
enum small { TINY = 1, LESS = 100 } __attribute__((mode(byte)));
enum middle { HALF = -300, WHOLE = 30000 } __attribute__((mode(HI)));

struct event {
	enum color color;
	enum depth depth;
	enum small small;
	enum middle middle;
	enum { INSIDE, OUTSIDE } where;
	enum color two[2];
};
