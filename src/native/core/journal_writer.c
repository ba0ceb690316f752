// SPDX-License-Identifier: MIT
/*
 * The journal writer: a process that passes records on to journald for `exitsnoop export`. journald
 * takes the user of a record from the process that sends it, and journalctl --unit shows messages
 * about a unit only from root. The exporter, which parses what processes chose, gives up root;
 * this process stays root, without capabilities, and parses nothing but the names of
 * fields. It has two descriptors and six system calls.
 */
#include <errno.h>
#include <stddef.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "journal_writer.h"
#include "native.h"
#include "privileges.h"

#define WRITER_NAME "snoop-journal"
/* The descriptors after harden(). */
#define SOCKET 0
#define JOURNAL 1

#define OWN_PREFIX "EXITSNOOP_"
/* src/export/journald/message-ids.ts and the catalog have the ids that begin so. */
#define OWN_MESSAGE_ID "6f2d8c0e3b7a4915a4c25d71e09b83"

/* Fields that a record may have besides its own. The identifier is added here. */
static const char *const others[] = {
	"MESSAGE", "MESSAGE_ID", "PRIORITY", "OBJECT_SYSTEMD_UNIT", "OBJECT_SYSTEMD_USER_UNIT",
};
static const char identifier[] = "SYSLOG_IDENTIFIER=exitsnoop\n";
#define IDENTIFIER_BYTES (sizeof(identifier) - 1)

static char record[IDENTIFIER_BYTES + MAX_JOURNAL_RECORD + 1];

static int begins_with(const char *text, uint64_t length, const char *prefix)
{
	const uint64_t bytes = strlen(prefix);

	return length >= bytes && !memcmp(text, prefix, bytes);
}

/* Returns true for a field that exitsnoop writes: another name could pass for another program. */
static int is_own_name(const char *name, uint64_t length)
{
	if (begins_with(name, length, OWN_PREFIX)) {
		for (uint64_t i = 0; i < length; i++) {
			if (!((name[i] >= 'A' && name[i] <= 'Z') ||
			      (name[i] >= '0' && name[i] <= '9') || name[i] == '_'))
				return 0;
		}
		return length <= 64;
	}
	for (unsigned int i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (strlen(others[i]) == length && !memcmp(others[i], name, length))
			return 1;
	}
	return 0;
}

/* Returns true for the value of a field that is exitsnoop's. */
static int is_own_value(const char *name, uint64_t length, const char *value, uint64_t bytes)
{
	if (length != strlen("MESSAGE_ID") || memcmp(name, "MESSAGE_ID", length))
		return 1;
	return bytes == 32 && begins_with(value, bytes, OWN_MESSAGE_ID);
}

/*
 * Checks a record: lines `NAME=VALUE`, or NAME, a line feed, the size of the value (64 bits,
 * little-endian), the value and a line feed.
 */
static int is_own_record(const char *at, const char *end)
{
	while (at < end) {
		const char *line = memchr(at, '\n', end - at);
		const char *equals = line ? memchr(at, '=', line - at) : NULL;
		const char *value, *name_end = equals ? equals : line;
		uint64_t bytes;

		if (!line || !is_own_name(at, name_end - at))
			return 0;
		if (equals) {
			value = equals + 1;
			bytes = line - value;
		} else {
			value = line + 1 + sizeof(bytes);
			if (end - line <= (ptrdiff_t)sizeof(bytes) + 1)
				return 0;
			memcpy(&bytes, line + 1, sizeof(bytes));
			if (bytes >= (uint64_t)(end - value) || value[bytes] != '\n')
				return 0;
			line = value + bytes;
		}
		if (!is_own_value(at, name_end - at, value, bytes))
			return 0;
		at = line + 1;
	}
	return 1;
}

/* Gives up what is not needed. Returns 0 or -errno. */
static int harden(int socket, int journal)
{
	const struct capabilities none = { 0, 0, 0 };
	int *kept[] = { &journal }, nothing[1], ruleset, error;

	error = keep_descriptors(socket, kept, 1);
	if (error)
		return error;
	ruleset = create_broker_ruleset((struct broker_directories){ 0, 0 }, nothing, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	for (int i = 0; i < 64 && !prctl(PR_CAPBSET_DROP, i, 0, 0, 0); i++) {
	}
	error = set_capabilities(&none);
	if (!error)
		error = restrict_by_landlock(ruleset);
	if (error)
		return error;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	error = install_journal_filter();
	return error == -EINVAL ? 0 : error;
}

/* Sends a record, however long journald takes. Returns 0 or an errno. */
static int send_record(uint64_t bytes, int parent)
{
	while (send(JOURNAL, record, bytes, MSG_NOSIGNAL) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return errno;
		/* the exporter has died, and counts no record that journald takes later */
		if (getppid() != parent)
			_exit(0);
	}
	return 0;
}

_Noreturn void run_journal_writer(int socket, int journal, int parent,
				  struct journal_counts *counts)
{
	char *const own = record + IDENTIFIER_BYTES;
	int8_t result;
	ssize_t bytes;

	/* all signals stay blocked: the terminal's are for the exporter */
	prctl(PR_SET_NAME, WRITER_NAME);
	unmap_memory_of_parent();
	memcpy(record, identifier, IDENTIFIER_BYTES);
	result = -harden(socket, journal);
	if (write(SOCKET, &result, 1) != 1 || result)
		_exit(0);
	while ((bytes = read(SOCKET, own, MAX_JOURNAL_RECORD + 1)) > 0) {
		int error = bytes > MAX_JOURNAL_RECORD		      ? EMSGSIZE :
			    !is_own_record(own, own + bytes) ? EPERM :
							send_record(IDENTIFIER_BYTES + bytes, parent);

		if (!error) {
			__atomic_add_fetch(&counts->sent, 1, __ATOMIC_RELEASE);
			continue;
		}
		counts->error = error;
		if (error == ECONNREFUSED || error == ECONNRESET || error == ENOTCONN) {
			counts->is_gone = 1;
			_exit(0);
		}
		__atomic_add_fetch(&counts->refused, 1, __ATOMIC_RELEASE);
	}
	_exit(0);
}
