/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct hits {
	unsigned long long calls;
};
