// SPDX-License-Identifier: MIT
/*
 * Finds the name of a container in files that the node has: those of kubelet (kubelet_files.c), the
 * configuration of docker, and the list of containers/storage (podman). They are root's, and
 * docker's has the environment of the container, so the broker reads them and answers with the name
 * only. It asks neither a runtime nor the network.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "broker.h"
#include "container_files.h"
#include "json_reader.h"

#define DOCKER_SETTINGS "/etc/docker/daemon.json"
#define STORAGE "/var/lib/containers/storage"
/* of containers that do not outlive a reboot, such as those of `podman run --rm` */
#define VOLATILE_STORAGE "/run/containers/storage"

#define MAX_SETTINGS (64u << 10)
#define MAX_DOCKER_CONFIG (4u << 20)
#define MAX_CONTAINERS_LIST (16u << 20)

static char docker_containers[MAX_JSON_TEXT + 16] = "/var/lib/docker/containers";
/* first the LISTED_DIRECTORIES: only names are read there, as the files are logs */
static const char *const directories[] = { KUBELET_LOGS, POD_LOGS, docker_containers, STORAGE,
					   VOLATILE_STORAGE };
#define LISTED_DIRECTORIES 2

static int is_id(const char *text)
{
	return strlen(text) == CONTAINER_ID_BYTES &&
	       strspn(text, "0123456789abcdef") == CONTAINER_ID_BYTES;
}

/* Opens a regular file for reading. Returns a descriptor or -1. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Reads from docker's settings where its data are, if they are not in /var/lib/docker. */
static void read_data_root(void)
{
	int fd = open_file(DOCKER_SETTINGS);
	struct json_reader reader;

	if (fd < 0)
		return;
	begin_json(&reader, fd, MAX_SETTINGS);
	if (find_json_member(&reader, "data-root") && reader.text[0] == '/')
		snprintf(docker_containers, sizeof(docker_containers), "%s/containers",
			 reader.text);
	close(fd);
}

int container_directories(int *opened, int *listed)
{
	int count = 0;

	read_data_root();
	*listed = 0;
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		opened[count] = open(directories[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		count += opened[count] >= 0;
		if (i < LISTED_DIRECTORIES)
			*listed = count;
	}
	return count;
}

int has_container_directories(void)
{
	int opened[MAX_CONTAINER_DIRECTORIES], listed;
	int count = container_directories(opened, &listed);

	for (int i = 0; i < count; i++)
		close(opened[i]);
	return count > 0;
}

int store_container_name(struct broker_answer *answer, const char *name, size_t length)
{
	if (!length || length >= sizeof(answer->text))
		return 0;
	for (size_t i = 0; i < length; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '.' || c == '-'))
			return 0;
	}
	memcpy(answer->text, name, length);
	answer->text[length] = 0;
	return 1;
}

/* docker writes the name with a slash before it. */
static int find_in_docker(const char *id, struct broker_answer *answer)
{
	char path[sizeof(docker_containers) + CONTAINER_ID_BYTES + 24];
	struct json_reader reader;
	int fd, is_found;

	snprintf(path, sizeof(path), "%s/%s/config.v2.json", docker_containers, id);
	fd = open_file(path);
	if (fd < 0)
		return 0;
	begin_json(&reader, fd, MAX_DOCKER_CONFIG);
	is_found = find_json_member(&reader, "Name") && reader.text[0] == '/' &&
		   store_container_name(answer, reader.text + 1, strlen(reader.text + 1));
	close(fd);
	return is_found;
}

/* A container in the list of containers/storage: `[{"id":"ID","names":["NAME"],…},…]`. */
struct listed {
	char id[CONTAINER_ID_BYTES + 1], name[MAX_JSON_TEXT]; /* empty: it has none */
	/* of the position in the list */
	int depth, previous;
};

/* Reads the next container of a list. Returns false after the last. */
static int next_listed(struct json_reader *reader, struct listed *listed)
{
	enum { OTHER, ID, NAMES } last = OTHER, key = OTHER;
	int token;

	listed->id[0] = listed->name[0] = 0;
	for (; (token = next_json_token(reader)) != JSON_END; listed->previous = token) {
		listed->depth += token == '{' || token == '[';
		listed->depth -= token == '}' || token == ']';
		if (token == '}' && listed->depth == 1)
			return 1;
		if (token == ':' && listed->depth == 2)
			key = last;
		if (token != JSON_STRING)
			continue;
		if (listed->depth == 2) {
			if (listed->previous == ':' && key == ID)
				snprintf(listed->id, sizeof(listed->id), "%s", reader->text);
			last = !strcmp(reader->text, "id")    ? ID :
			       !strcmp(reader->text, "names") ? NAMES :
								OTHER;
		} else if (listed->depth == 3 && listed->previous == '[' && key == NAMES) {
			snprintf(listed->name, sizeof(listed->name), "%s", reader->text);
		}
	}
	return 0;
}

/* Looks for a container with this id or, if it is NULL, with this name, and stores its name. */
static int find_in_list(struct json_reader *reader, const char *id, const char *name,
			struct broker_answer *answer)
{
	struct listed listed = { .depth = 0 };

	while (next_listed(reader, &listed))
		if (id ? !strcmp(listed.id, id) : !strcmp(listed.name, name))
			return store_container_name(answer, listed.name, strlen(listed.name));
	return 0;
}

static int find_in_storage(const char *root, const char *file, const char *id, const char *name,
			   struct broker_answer *answer)
{
	static const char *const drivers[] = { "overlay", "vfs", "btrfs", "zfs" };
	int is_found = 0;

	for (size_t i = 0; !is_found && i < sizeof(drivers) / sizeof(*drivers); i++) {
		struct json_reader reader;
		char path[128];
		int fd;

		snprintf(path, sizeof(path), "%s/%s-containers/%s", root, drivers[i], file);
		fd = open_file(path);
		if (fd < 0)
			continue;
		begin_json(&reader, fd, MAX_CONTAINERS_LIST);
		is_found = find_in_list(&reader, id, name, answer);
		close(fd);
	}
	return is_found;
}

/* Reads the configuration of all containers of docker. */
static int find_name_in_docker(const char *name, struct broker_answer *answer)
{
	DIR *containers = opendir(docker_containers);
	struct dirent *entry;
	int is_found = 0;

	for (int i = 0; containers && !is_found && i < MAX_ENTRIES && (entry = readdir(containers));
	     i++)
		is_found = is_id(entry->d_name) && find_in_docker(entry->d_name, answer) &&
			   !strcmp(answer->text, name);
	if (containers)
		closedir(containers);
	return is_found;
}

static int find_in_storages(const char *id, const char *name, struct broker_answer *answer)
{
	return find_in_storage(STORAGE, "containers.json", id, name, answer) ||
	       find_in_storage(VOLATILE_STORAGE, "volatile-containers.json", id, name, answer);
}

/* Runs in the broker. */
void find_container(uint32_t argument, struct broker_answer *answer)
{
	char wanted[MAX_WANTED_BYTES + 1] = { 0 }, first[CONTAINER_ID_BYTES + 1] = { 0 };
	const char *id, *name;

	(void)argument;
	take_payload(wanted, MAX_WANTED_BYTES);
	memcpy(first, wanted, CONTAINER_ID_BYTES);
	/* only an id becomes a part of a path */
	id = is_id(first) ? first : NULL;
	name = id ? NULL : wanted;
	answer->result = NO_CONTAINER_NAME;
	if (find_log(id, name, answer) || (id && find_pod(wanted + CONTAINER_ID_BYTES, answer)))
		answer->result = NAMES_OF_POD;
	else if ((id ? find_in_docker(id, answer) : find_name_in_docker(name, answer)) ||
		 find_in_storages(id, name, answer))
		answer->result = NAME_OF_CONTAINER;
	else
		answer->text[0] = 0;
}
