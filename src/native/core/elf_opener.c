// SPDX-License-Identifier: MIT
/*
 * Opens programs and libraries for crash sites that the tracer may not read: they are in folders of
 * root or of a container. The broker opens and checks, and passes the descriptor; it parses nothing
 * but the type of the file. A core dump is an ELF file as well, and holds secrets.
 */
#include <elf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include "broker.h"
#include "core.h"
#include "elf_opener.h"
#include "privileges.h"

#define ANSWER_TIMEOUT_MS 100 /* exits gather in the ring meanwhile */
#define MAX_MOUNTS 4096
#define MAX_PATH_BYTES 4096

/* The payload of a request: the mounts in which the path may be, and the path with its NUL. */
struct elf_request {
	int64_t deadline;	/* ns of CLOCK_MONOTONIC; then the tracer stops waiting */
	uint32_t mount_count;
	uint32_t mounts[MAX_MOUNTS];
	char path[MAX_PATH_BYTES];
};
_Static_assert(sizeof(struct elf_request) <= MAX_PAYLOAD, "a request has to fit");

/* Returns 0 if a file is a program or a shared object, or -errno. */
static int check_type(int fd)
{
	unsigned char head[EI_NIDENT + sizeof(Elf64_Half)];
	Elf64_Half type;

	if (pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, ELFMAG, SELFMAG) ||
	    head[EI_DATA] != ELFDATA2LSB)
		return -EINVAL;
	memcpy(&type, head + EI_NIDENT, sizeof(type));
	return type == ET_EXEC || type == ET_DYN ? 0 : -EINVAL;
}

/* Opens the file of a request. Returns a descriptor or -errno. */
static int open_requested(const struct elf_request *request)
{
	const struct mount_list mounts = { request->mounts, NULL, request->mount_count };
	struct file_identity identity;
	struct capabilities set;
	int fd, error;

	if (get_capabilities(0, &set))
		return -EACCES;
	/* effective only while it opens the file */
	set.effective = set.permitted & 1ULL << CAP_DAC_READ_SEARCH;
	set_capabilities(&set);
	fd = open_regular_file(&mounts, request->path, &identity);
	set.effective = 0;
	set_capabilities(&set);
	error = fd < 0 ? fd : check_type(fd);
	/* the tracer would not receive the descriptor, which keeps the file's mount busy */
	if (!error && now(CLOCK_MONOTONIC) > request->deadline)
		error = -ETIMEDOUT;
	if (error && fd >= 0)
		close(fd);
	return error ? error : fd;
}

/*
 * Runs in the broker. The answer does not say why a file was not opened: whether it exists is not
 * the tracer's to know.
 */
void open_elf(uint32_t argument, struct broker_answer *answer)
{
	static struct elf_request request;
	uint32_t bytes = take_payload(&request, sizeof(request));
	const uint32_t path_at = offsetof(struct elf_request, path);
	int fd = -EINVAL;

	(void)argument;
	if (bytes > path_at && request.mount_count <= MAX_MOUNTS && !((char *)&request)[bytes - 1])
		fd = open_requested(&request);
	answer->result = fd < 0 ? -EACCES : 0;
	answer->fd = fd < 0 ? -1 : fd;
}

int open_elf_by_broker(const struct mount_list *mounts, const char *path,
		       struct file_identity *identity)
{
	static struct elf_request request;
	static uint32_t requests;
	struct broker_answer answer;
	size_t bytes = strlen(path) + 1;
	int error;

	if (!has_broker_task(OPEN_ELF) || bytes > MAX_PATH_BYTES || mounts->count > MAX_MOUNTS)
		return -EACCES;
	request.deadline = now(CLOCK_MONOTONIC) + ANSWER_TIMEOUT_MS * NS_PER_MS;
	request.mount_count = mounts->count;
	memcpy(request.mounts, mounts->ids, mounts->count * sizeof(*mounts->ids));
	memcpy(request.path, path, bytes);
	if (ask_broker_with(OPEN_ELF, requests++, &request,
			    offsetof(struct elf_request, path) + bytes, ANSWER_TIMEOUT_MS,
			    &answer) <= 0)
		return -EACCES;
	if (answer.result < 0 || answer.fd < 0)
		return -EACCES;
	error = identify_file(mounts, answer.fd, identity);
	if (error)
		close(answer.fd);
	return error ? error : answer.fd;
}
