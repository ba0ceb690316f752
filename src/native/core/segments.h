/* SPDX-License-Identifier: MIT */
/* Files of a bounded number of bytes in a directory, the oldest removed: segments.c. */
#ifndef SEGMENTS_H
#define SEGMENTS_H

/* Returns where the descriptor of the directory is stored; NULL if there are no segments. */
int *segment_directory(void);
/* Returns true if files in the directory can only be created with CAP_DAC_OVERRIDE. */
int needs_override_for_segments(void);

#endif
