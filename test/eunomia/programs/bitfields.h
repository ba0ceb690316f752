/* SPDX-License-Identifier: GPL-2.0 OR MIT */
struct event {
	int number;
	unsigned int one : 1;
	unsigned int three : 3;
	int low : 4;
	int crossing : 13;
	unsigned int rest : 11;
	unsigned long long big : 40;
	long long negative : 20;
	_Bool flag : 1;
	unsigned char after;
	struct {
		unsigned int inner : 5;
		int other : 7;
	} nested;
};
