/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct unused {
	int number;
};
