/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct count {
	unsigned long long calls;
};
