/* SPDX-License-Identifier: MIT */
/* Names of containers: container_files.c finds them in the broker, container_names.c asks it. */
#ifndef CONTAINER_FILES_H
#define CONTAINER_FILES_H

#define MAX_CONTAINER_DIRECTORIES 4

/* The result of the task FIND_CONTAINER, which says what the text is. */
enum container_name_kind {
	NO_CONTAINER_NAME,
	NAME_OF_LOG,	   /* POD_NAMESPACE_CONTAINER, of which the end may be cut off */
	NAME_OF_CONTAINER, /* as docker and podman show it */
};

/*
 * Opens the directories in which names are looked up, those that exist. Stores at most
 * MAX_CONTAINER_DIRECTORIES descriptors, which cannot be read from, and returns their number.
 */
int container_directories(int *opened);
/* Returns true if there is one. */
int has_container_directories(void);

#endif
