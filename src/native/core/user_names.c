// SPDX-License-Identifier: MIT
/*
 * Resolves names of users. By default they come from /etc/passwd. If names are requested, all
 * sources of nsswitch.conf(5) count. The tracer reads sources that are files itself. If a daemon
 * has the names (sssd, systemd-userdb, a directory service), a query needs sockets, which the
 * tracer drops; if user nobody cannot reach /etc/passwd, the file needs root. Then the broker looks
 * them up.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "broker.h"
#include "core.h"
#include "privileges.h"

#define PASSWD "/etc/passwd"
#define NO_UID 0xffffffff
#define NSS_TIMEOUT_MS 50	/* for a name; exits gather in the ring meanwhile */

static int queries_nss; /* true if the tracer itself queries the sources of nsswitch.conf */

/* Returns true if a service of /etc/nsswitch.conf has to be queried through sockets. */
static int needs_socket(const char *service)
{
	static const char *const in_files[] = { "files", "compat", "db", "altfiles", "extrausers" };

	/* an action, such as [NOTFOUND=return] */
	if (*service == '[')
		return 0;
	/* Debian lists it on every system, even if no daemon listens */
	if (!strcmp(service, "systemd"))
		return !access("/run/systemd/userdb", F_OK);
	for (size_t i = 0; i < sizeof(in_files) / sizeof(*in_files); i++)
		if (!strcmp(service, in_files[i]))
			return 0;
	return 1;
}

/* Without the file or its line, glibc's default applies, which needs no socket. */
static int has_socket_services(void)
{
	FILE *file = fopen("/etc/nsswitch.conf", "re");
	char line[1024];
	int found = 0;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char *rest = line + strspn(line, " \t"), *word;

		if (strncmp(rest, "passwd:", 7))
			continue;
		rest[strcspn(rest, "#\n")] = 0;
		for (rest += 7; !found && (word = strtok_r(rest, " \t", &rest));)
			found = needs_socket(word);
	}
	if (file)
		fclose(file);
	return found;
}

/* Stores a name, or an empty one if there is none or it is too long. */
static void store_name(const struct passwd *user, char *name)
{
	name[0] = 0;
	if (user && strlen(user->pw_name) < MAX_ANSWER_TEXT)
		strcpy(name, user->pw_name);
}

/* Stores the name that /etc/passwd has for a user, or an empty one. */
static void read_passwd(uint32_t uid, char *name)
{
	FILE *file = fopen(PASSWD, "re");
	struct passwd *user = NULL;

	while (file && (user = fgetpwent(file)) && user->pw_uid != uid) {
	}
	store_name(user, name);
	if (file)
		fclose(file);
}

/* Returns false if this thread lacks permission. A system without the file has no names to read. */
static int can_read_passwd(void)
{
	int fd = open(PASSWD, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno != EACCES && errno != EPERM;
	close(fd);
	return 1;
}

/*
 * Tries to read /etc/passwd as user nobody, without capabilities and groups. The calling thread
 * takes that identity during the call. Returns true as well if the thread cannot change it.
 */
static int can_nobody_read_passwd(void)
{
	int count = getgroups(0, NULL), can_read = 1;
	gid_t *groups = calloc(count > 0 ? count : 1, sizeof(*groups));
	gid_t fsgid = syscall(SYS_setfsgid, -1);
	uid_t fsuid = syscall(SYS_setfsuid, -1);
	struct capabilities set, none;

	if (groups && (count = getgroups(count, groups)) >= 0 && !get_capabilities(0, &set) &&
	    !syscall(SYS_setgroups, 0, NULL)) {
		none = set;
		none.effective = 0;
		syscall(SYS_setfsgid, NOBODY);
		syscall(SYS_setfsuid, NOBODY);
		set_capabilities(&none);
		can_read = can_read_passwd();
		syscall(SYS_setfsuid, fsuid);
		set_capabilities(&set);
		syscall(SYS_setfsgid, fsgid);
		syscall(SYS_setgroups, count, groups);
	}
	free(groups);
	return can_read;
}

/* Runs in the broker. Its uid stays, by which some daemons decide whether to answer. */
void resolve_user(uint32_t uid, struct broker_answer *answer)
{
	answer->result = can_read_passwd() ? 0 : -EACCES;
	if (uid != NO_UID)
		store_name(getpwuid(uid), answer->text);
}

int needs_broker_for_names(void)
{
	if (has_socket_services() || !can_nobody_read_passwd())
		return 1;
	/* loads the NSS modules, which user nobody may be unable to reach later */
	getpwuid(0);
	queries_nss = 1;
	return 0;
}

/* Returns true if names of users can be read. Called after privileges are dropped. */
API int can_read_users(void)
{
	struct broker_answer answer;

	if (ask_broker(RESOLVE_USER, NO_UID, START_TIMEOUT_MS, &answer) > 0)
		return !answer.result;
	return can_read_passwd();
}

/*
 * Returns the name of a user, an empty one if it has none, or NULL if the services have not
 * answered yet: a later call gets the answer. It stays valid until the next call.
 */
API const char *user_name(uint32_t uid)
{
	static struct broker_answer answer;
	int result;

	if (queries_nss) {
		store_name(getpwuid(uid), answer.text);
		return answer.text;
	}
	read_passwd(uid, answer.text);
	if (*answer.text)
		return answer.text;
	result = ask_broker(RESOLVE_USER, uid, NSS_TIMEOUT_MS, &answer);
	if (result < 0)
		answer.text[0] = 0;
	return result ? answer.text : NULL;
}

/*
 * Returns true if /etc/passwd was written or replaced since the last call; false the first time.
 * Follows the path again, because useradd(8) and similar programs rename a new file over it.
 */
API int users_changed(void)
{
	static struct stat known;
	static int is_known;
	struct stat file = {};
	int is_changed;

	/* stat(2) of the C library would need a newer glibc than 2.17 */
	syscall(SYS_newfstatat, AT_FDCWD, PASSWD, &file, 0);
	/* each write also changes the ctime */
	is_changed = is_known && (file.st_dev != known.st_dev || file.st_ino != known.st_ino ||
				  file.st_ctim.tv_sec != known.st_ctim.tv_sec ||
				  file.st_ctim.tv_nsec != known.st_ctim.tv_nsec);
	known = file;
	is_known = 1;
	return is_changed;
}
