/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	_Bool plain;
	_Bool on;
	_Bool off;
	_Bool renamed;
	_Bool later;
};
