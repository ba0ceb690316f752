// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: messages of a compromised tracer to the broker that opens programs. An answer
 * has a descriptor only for an ELF program or shared object; a refusal does not say why.
 * If the first byte is odd, the rest is a path, and the request allows the mount of the root.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "../../../src/native/core/core.h"
#include "../../../src/native/core/broker.c"
#include "../../../src/native/core/elf_opener.c"

#define MAX_MESSAGE 40000

static int peer; /* the tracer's end of the socket */
static uint32_t root_mount;

static void require(int condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "r");
	char line[4096], place[4096];
	uint32_t id;
	int ends[2];

	(void)argc;
	(void)argv;
	while (mounts && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%u %*u %*s %*s %4095s", &id, place) == 2 && !strcmp(place, "/"))
			root_mount = id;
	require(mounts && !fclose(mounts) && root_mount);
	require(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) && dup2(ends[1], SOCKET) == SOCKET);
	peer = ends[0];
	close(ends[1]);
	return 0;
}

/* Checks an answer, which may have a descriptor. `has_time`: the deadline has not passed. */
static void check_answer(int has_time)
{
	struct broker_answer answer;
	struct iovec part = { &answer, sizeof(answer) };
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct msghdr reply = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				   .msg_controllen = sizeof(control) };
	struct cmsghdr *head;
	struct stat found;
	int fd;

	require(recvmsg(peer, &reply, MSG_DONTWAIT) == sizeof(answer));
	head = CMSG_FIRSTHDR(&reply);
	require(answer.result == (head ? 0 : -EACCES));
	if (!head)
		return;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	require(has_time && !fstat(fd, &found) && S_ISREG(found.st_mode) && !check_type(fd));
	require((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
	close(fd);
}

/* Writes a request for a path to `to`. Returns its bytes. */
static size_t make_request(uint8_t *to, const uint8_t *path, size_t bytes)
{
	struct elf_request request = { .deadline = INT64_MAX, .mount_count = 1 };
	struct broker_request head = { OPEN_ELF, 0 };

	if (bytes >= sizeof(request.path))
		bytes = sizeof(request.path) - 1;
	request.mounts[0] = root_mount;
	memcpy(request.path, path, bytes);
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), &request, sizeof(request));
	return sizeof(head) + offsetof(struct elf_request, path) + bytes + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t sent[MAX_PAYLOAD + MAX_MESSAGE];
	struct broker_answer answer = { .fd = -1 };
	int64_t deadline;
	size_t bytes;

	if (!size || size > MAX_MESSAGE)
		return 0;
	if (data[0] & 1) {
		bytes = make_request(sent, data + 1, size - 1);
	} else {
		bytes = size - 1;
		memcpy(sent, data + 1, bytes);
	}
	/* a message without bytes looks like the end of the tracer */
	if (!bytes)
		return 0;
	require(write(peer, sent, bytes) == (ssize_t)bytes);
	if (!receive_request() || received.request.task != OPEN_ELF)
		return 0;
	memcpy(&deadline, received.payload, sizeof(deadline));
	run[OPEN_ELF](received.request.argument, &answer);
	require(send_answer(&answer));
	check_answer(deadline > 1);
	return 0;
}
