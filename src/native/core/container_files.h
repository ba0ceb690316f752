/* SPDX-License-Identifier: MIT */
/* Names of containers: container_files.c finds them in the broker, container_names.c asks it. */
#ifndef CONTAINER_FILES_H
#define CONTAINER_FILES_H

#include <stddef.h>

#define KUBELET_LOGS "/var/log/containers"
#define POD_LOGS "/var/log/pods"
#define MAX_CONTAINER_DIRECTORIES 5
#define MAX_ENTRIES 65536 /* of a directory */

#define POD_UID_BYTES 36
/* of a lookup: an id of CONTAINER_ID_BYTES and the uid of its pod, if it is in one; or a name */
#define MAX_WANTED_BYTES (CONTAINER_ID_BYTES + POD_UID_BYTES)

/* The result of the task FIND_CONTAINER, which says what the text is. */
enum container_name_kind {
	NO_CONTAINER_NAME,
	NAMES_OF_POD,	   /* POD_NAMESPACE_CONTAINER, or POD_NAMESPACE: the container's is unknown */
	NAME_OF_CONTAINER, /* as docker and podman show it */
};

struct broker_answer;

/*
 * Opens the directories in which names are looked up, those that exist. Stores at most
 * MAX_CONTAINER_DIRECTORIES descriptors, which cannot be read from, and returns their number.
 * listed: how many of them, the first, are only listed; no file in them is read.
 */
int container_directories(int *opened, int *listed);
/* Returns true if there is one. */
int has_container_directories(void);

/* Stores a name in the answer. Returns false if it has characters that runtimes do not allow. */
int store_container_name(struct broker_answer *answer, const char *name, size_t length);

/*
 * kubelet_files.c: both store NAMES_OF_POD, and return false if there are none. find_log() looks
 * for a container with this id or, if it is NULL, with this name; find_pod() for a pod by its uid.
 */
int find_log(const char *id, const char *name, struct broker_answer *answer);
int find_pod(const char *uid, struct broker_answer *answer);

#endif
