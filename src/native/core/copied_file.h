/* SPDX-License-Identifier: MIT */
/* Waiting while another process copies an output file: copied_file.c. */
#ifndef COPIED_FILE_H
#define COPIED_FILE_H

/* Adds a watch for processes that open or close a file. Returns its number, or -1. */
int add_watch(int fd);
/* Removes a watch; -1: none. */
void remove_watch(int watch);
/* Returns where the descriptor of all watches is stored. It may be -1. */
int *watching_descriptor(void);
/* Sets the watch of the output `fd`, -1: none. Events of its previous watch are ignored. */
void watch_file(int fd, int watch);
/* Waits until no other process has an output open, for at most two seconds after it was opened. */
void wait_until_copied(int fd);

#endif
