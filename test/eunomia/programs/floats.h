/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	float single;
	double twice;
	float pair[2];
};
