/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * For the verifier's sake. It follows a loop round by round, and each round once for every different thing that it knows of a variable:
 * a count that may be 3 now, or 4. What it does not know it follows once, and loading takes a tenth of the time.
 */
#ifndef __VERIFIER_BPF_H
#define __VERIFIER_BPF_H

/* Always 0, but the verifier cannot know it: what this is added to, it knows no more of. */
static volatile u64 unknown_zero;

#endif
