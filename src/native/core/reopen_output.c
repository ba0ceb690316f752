// SPDX-License-Identifier: MIT
/*
 * Reopens output files after a signal, as logrotate(8) needs it. The directory of each file is open
 * from the start, so that only the same name in the same directory can be opened, whatever another
 * user does to the path meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "broker.h"
#include "copied_file.h"
#include "core.h"
#include "output_file.h"
#include "privileges.h"

#define ANSWER_TIMEOUT_MS 250 /* exits gather in the ring meanwhile */

struct kept_file {
	int fd;				/* the tracer's, which keeps its number */
	int dir;
	int watch;			/* of copied_file.c, or -1 */
	uint32_t requests;		/* keeps the answers to several signals apart */
	char name[NAME_BYTES];
};
static struct kept_file files[MAX_OUTPUTS];
static int count;

void keep_file(int fd, int dir, const char *name)
{
	struct kept_file *file = &files[count];
	struct stat st;
	int copy;

	if (count == MAX_OUTPUTS || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return;
	copy = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return;
	*file = (struct kept_file){ .fd = fd, .dir = copy };
	strcpy(file->name, name);
	file->watch = add_watch(fd);
	watch_file(fd, file->watch);
	count++;
}

int kept_directories(int **directories)
{
	for (int i = 0; i < count; i++)
		directories[i] = &files[i].dir;
	return count;
}

/* Runs in the broker. Its capability is effective only while it opens the file. */
void reopen_kept_file(uint32_t argument, struct broker_answer *answer)
{
	uint32_t index = argument % MAX_OUTPUTS;
	struct capabilities set;
	int64_t result;

	if (index >= (uint32_t)count || get_capabilities(0, &set)) {
		answer->result = -EINVAL;
		return;
	}
	set.effective = set.permitted;
	set_capabilities(&set);
	result = open_again(files[index].dir, files[index].name);
	if (result >= 0) {
		remove_watch(files[index].watch);
		files[index].watch = add_watch(result);
	}
	set.effective = 0;
	set_capabilities(&set);
	answer->result = result < 0 ? result : 0;
	answer->fd = result < 0 ? -1 : result;
	answer->watch = files[index].watch;
}

/*
 * Replaces the file behind an output's descriptor by the one that now has its name. is_new: a
 * signal asks for it; otherwise the call continues one that returned 0. Returns 1 if the file was
 * replaced, 0 if the broker has not answered yet, or a negative result of output_open(): then the
 * old file stays open.
 */
API int reopen_output(int fd, int is_new)
{
	struct broker_answer answer;
	int index = 0, error = 0, result;

	while (index < count && files[index].fd != fd)
		index++;
	if (index == count)
		return -(REFUSED + IS_SPECIAL);
	if (is_new)
		files[index].requests++;
	result = ask_broker(REOPEN_OUTPUT, files[index].requests * MAX_OUTPUTS + index,
			    ANSWER_TIMEOUT_MS, &answer);
	if (result <= 0)
		return result ? -(REFUSED + NO_BROKER) : 0;
	if (answer.result < 0)
		return answer.result;
	if (answer.fd < 0)
		return -EBADF;
	if (dup3(answer.fd, fd, O_CLOEXEC) < 0)
		error = -errno;
	close(answer.fd);
	/* the broker has opened the file as well: if it is the old one, its old watch has the event */
	watch_file(fd, answer.watch);
	return error ? error : 1;
}
