/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	_Bool plain;
	_Bool odd;
	_Bool many[3];
	const volatile _Bool kept;
};
