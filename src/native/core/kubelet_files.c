// SPDX-License-Identifier: MIT
/* Finds names of containers and pods in the names of kubelet's logs and of their directories. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include "broker.h"
#include "container_files.h"

#define LOG_SUFFIX_BYTES (1 + CONTAINER_ID_BYTES + 4) /* -ID.log */

/* kubelet makes a link POD_NAMESPACE_CONTAINER-ID.log, and keeps it until it removes the log. */
int find_log(const char *id, const char *name, struct broker_answer *answer)
{
	size_t name_length = id ? 0 : strlen(name), length;
	DIR *logs = opendir(KUBELET_LOGS);
	struct dirent *entry;
	int is_found = 0;

	for (int i = 0; logs && !is_found && i < MAX_ENTRIES && (entry = readdir(logs)); i++) {
		const char *suffix, *container;

		length = strlen(entry->d_name);
		if (length <= LOG_SUFFIX_BYTES + name_length)
			continue;
		length -= LOG_SUFFIX_BYTES;
		suffix = entry->d_name + length;
		container = suffix - name_length;
		if (*suffix != '-' || strcmp(suffix + 1 + CONTAINER_ID_BYTES, ".log"))
			continue;
		if (id ? !memcmp(suffix + 1, id, CONTAINER_ID_BYTES) :
			 container[-1] == '_' && !memcmp(container, name, name_length))
			is_found = store_container_name(answer, entry->d_name, length);
	}
	if (logs)
		closedir(logs);
	return is_found;
}

/*
 * kubelet makes a link only when the container runs, but a directory NAMESPACE_POD_UID before the
 * pod's sandbox: see createPodSandbox() and startContainer() in its pkg/kubelet/kuberuntime. The
 * directories in it do not name an id: the sandbox has an id as well, and no directory.
 */
int find_pod(const char *uid, struct broker_answer *answer)
{
	DIR *pods = *uid ? opendir(POD_LOGS) : NULL;
	struct dirent *entry;
	int is_found = 0;

	for (int i = 0; pods && !is_found && i < MAX_ENTRIES && (entry = readdir(pods)); i++) {
		const char *first = strchr(entry->d_name, '_');
		const char *second = first ? strchr(first + 1, '_') : NULL;
		char names[sizeof(entry->d_name)];
		int length;

		if (!second || first == entry->d_name || second == first + 1 ||
		    strcmp(second + 1, uid))
			continue;
		length = snprintf(names, sizeof(names), "%.*s_%.*s", (int)(second - first - 1),
				  first + 1, (int)(first - entry->d_name), entry->d_name);
		is_found = store_container_name(answer, names, length);
	}
	if (pods)
		closedir(pods);
	return is_found;
}
