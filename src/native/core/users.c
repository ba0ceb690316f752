// SPDX-License-Identifier: MIT
/*
 * Reads names of users. If the system keeps them in files, the tracer reads those itself. If a
 * daemon knows them (sssd, systemd-userdb, a directory service), a query needs sockets, which the
 * tracer gives up, so a helper process makes the query. The helper starts before that, inherits
 * nothing but one end of a socket, receives nothing but uids, and exits with the tracer. It is also
 * needed if root can read /etc/passwd and user nobody cannot, for example because the root
 * directory has mode 0700.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"
#include "privileges.h"

#define CLOSE_RANGE 436
#define LONGEST_NAME 256
#define PASSWD "/etc/passwd"

static int asker = -1; /* our end; -1: we look ourselves */
static int is_asker_blind; /* the helper process cannot read /etc/passwd either */

/* Whether such a service of /etc/nsswitch.conf has to be asked, by sockets. */
static int is_daemon(const char *service)
{
	static const char *const in_files[] = { "files", "compat", "db", "altfiles", "extrausers" };

	/* an action, such as [NOTFOUND=return] */
	if (*service == '[')
		return 0;
	/* Debian names it everywhere; this is where its sockets are */
	if (!strcmp(service, "systemd"))
		return !access("/run/systemd/userdb", F_OK);
	for (size_t i = 0; i < sizeof(in_files) / sizeof(*in_files); i++)
		if (!strcmp(service, in_files[i]))
			return 0;
	return 1;
}

/* Without the file or the line it is glibc's default, which asks nobody. */
static int has_daemons(void)
{
	FILE *file = fopen("/etc/nsswitch.conf", "re");
	char line[1024];
	int found = 0;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char *rest = line + strspn(line, " \t"), *word;

		if (strncmp(rest, "passwd:", 7))
			continue;
		rest[strcspn(rest, "#\n")] = 0;
		for (word = strtok_r(rest + 7, " \t", &rest); word && !found; word = strtok_r(NULL, " \t", &rest))
			found = is_daemon(word);
	}
	if (file)
		fclose(file);
	return found;
}

static void look_up(uint32_t uid, char *name)
{
	struct passwd *user = getpwuid(uid);

	name[0] = 0;
	if (user && strlen(user->pw_name) < LONGEST_NAME)
		strcpy(name, user->pw_name);
}

/*
 * Returns true if this process may read /etc/passwd. A system without that file has no names to
 * read.
 */
static int can_read_passwd(void)
{
	int fd = open(PASSWD, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno != EACCES && errno != EPERM;
	close(fd);
	return 1;
}

/* In the process that asks. It keeps its uid, by which some daemons know whom they may answer, and no capability. */
static void answer_for(int end)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct nothing[2] = {};
	char name[LONGEST_NAME], is_blind;
	sigset_t all;
	uint32_t uid;

	/* what the terminal sends is not for it: it ends when there is nobody left to ask it */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (dup2(end, 0) < 0 || (syscall(CLOSE_RANGE, 1, ~0U, 0) && errno != ENOSYS))
		_exit(1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_capset, &head, nothing))
		_exit(1);
	is_blind = !can_read_passwd();
	if (write(0, &is_blind, sizeof(is_blind)) < 0)
		_exit(1);
	while (read(0, &uid, sizeof(uid)) == sizeof(uid)) {
		look_up(uid, name);
		if (write(0, name, strlen(name) + 1) < 0)
			break;
	}
	_exit(0);
}

/* Before sockets are given up. Returns whether there is somebody to ask, or -errno. */
API int users_open(void)
{
	char is_blind = 1;
	int ends[2];
	pid_t pid;

	if (!has_daemons() && can_nobody_read(PASSWD)) {
		/*
		 * makes the C library load its NSS modules, which user nobody may not reach after
		 * the drop
		 */
		getpwuid(0);
		return 0;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (!pid)
		answer_for(ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	asker = ends[0];
	while (read(asker, &is_blind, sizeof(is_blind)) < 0 && errno == EINTR) {
	}
	is_asker_blind = is_blind;
	return 1;
}

/* Returns true if names of users can be read. Called after privileges are dropped. */
API int can_read_users(void)
{
	return asker >= 0 ? !is_asker_blind : can_read_passwd();
}

static int ask(uint32_t uid, char *name)
{
	ssize_t size;

	if (write(asker, &uid, sizeof(uid)) != sizeof(uid))
		return 0;
	while ((size = read(asker, name, LONGEST_NAME)) < 0 && errno == EINTR) {
	}
	if (size <= 0)
		return 0;
	name[size - 1] = 0;
	return 1;
}

static int is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/*
 * Returns true if /etc/passwd was written or replaced since the last call; 0 the first time.
 * Follows the path again, because useradd(8) and similar programs rename a new file over it. A file
 * that cannot be reached counts as unchanged.
 */
API int users_changed(void)
{
	static struct stat known;
	static int is_known;
	struct stat file = {};
	int is_same;

	/* the C library's own stat() would need a symbol newer than glibc 2.17 */
	syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &file, 0);
	is_same = file.st_dev == known.st_dev && file.st_ino == known.st_ino && file.st_size == known.st_size &&
		  is_same_time(file.st_mtim, known.st_mtim) && is_same_time(file.st_ctim, known.st_ctim);
	known = file;
	if (!is_known)
		is_same = 1;
	is_known = 1;
	return !is_same;
}

/* The name of a user, or an empty one; it stays until the next call. */
API const char *user_name(uint32_t uid)
{
	static char name[LONGEST_NAME];

	if (asker >= 0 && !ask(uid, name)) {
		/* whoever ended it: files are better than nothing */
		close(asker);
		asker = -1;
	}
	if (asker < 0)
		look_up(uid, name);
	return name;
}
