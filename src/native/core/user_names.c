// SPDX-License-Identifier: MIT
/*
 * Resolves names of users. If the system keeps them in files, the tracer reads these itself. If a
 * daemon has them (sssd, systemd-userdb, a directory service), a query needs sockets, which the
 * tracer drops; if user nobody cannot reach /etc/passwd, the file needs root. Then a helper process
 * looks the names up. It starts before privileges are dropped, inherits nothing but one end of a
 * socket, receives nothing but uids, and exits with the tracer.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"
#include "privileges.h"

#define MAX_NAME 256
#define PASSWD "/etc/passwd"

static int helper = -1; /* the socket to the helper; -1: the tracer reads the files */
static char can_helper_read; /* true if the helper can read /etc/passwd */

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

/* Stores the name of a user, or an empty one. */
static void look_up(uint32_t uid, char *name)
{
	struct passwd *user = getpwuid(uid);

	name[0] = 0;
	if (user && strlen(user->pw_name) < MAX_NAME)
		strcpy(name, user->pw_name);
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

/*
 * Runs the helper until the tracer closes its end of the socket. It keeps its uid, by which some
 * daemons decide whether to answer, and drops all capabilities.
 */
static _Noreturn void run_helper(int socket)
{
	const struct capabilities none = {};
	char name[MAX_NAME], can_read;
	sigset_t all;
	uint32_t uid;

	/* the terminal's signals are for the tracer */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (dup2(socket, 0) < 0 || (syscall(SYS_close_range, 1, ~0U, 0) && errno != ENOSYS))
		_exit(1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || set_capabilities(&none))
		_exit(1);
	can_read = can_read_passwd();
	if (write(0, &can_read, sizeof(can_read)) < 0)
		_exit(1);
	while (read(0, &uid, sizeof(uid)) == sizeof(uid)) {
		look_up(uid, name);
		if (write(0, name, strlen(name) + 1) < 0)
			break;
	}
	_exit(0);
}

/*
 * Starts the helper if names cannot be read without it; called before privileges are dropped.
 * Returns 1 if it was started, 0 if it is not needed, or -errno.
 */
API int start_nss_helper(void)
{
	int ends[2];
	pid_t pid;

	if (!has_socket_services() && can_nobody_read_passwd()) {
		/* loads the NSS modules, which user nobody may be unable to reach later */
		getpwuid(0);
		return 0;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (!pid)
		run_helper(ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	helper = ends[0];
	while (read(helper, &can_helper_read, sizeof(can_helper_read)) < 0 && errno == EINTR) {
	}
	return 1;
}

/* Returns true if names of users can be read. Called after privileges are dropped. */
API int can_read_users(void)
{
	return helper >= 0 ? can_helper_read : can_read_passwd();
}

/* Returns the name of a user, or an empty one. It stays valid until the next call. */
API const char *user_name(uint32_t uid)
{
	static char name[MAX_NAME];
	ssize_t size = -1;

	if (helper >= 0 && write(helper, &uid, sizeof(uid)) == sizeof(uid))
		while ((size = read(helper, name, sizeof(name))) < 0 && errno == EINTR) {
		}
	if (size > 0) {
		name[size - 1] = 0;
		return name;
	}
	/* the helper is dead, or there is none */
	if (helper >= 0)
		close(helper);
	helper = -1;
	look_up(uid, name);
	return name;
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
