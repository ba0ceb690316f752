// SPDX-License-Identifier: MIT
/*
 * Attaches programs to the queues of network interfaces: by TCX links since Linux 6.6, otherwise as
 * traffic control filters.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "native.h"
#include "tc_verdict.h"

static enum bpf_attach_type tcx_type(uint32_t point)
{
	return point == BPF_TC_INGRESS ? BPF_TCX_INGRESS : BPF_TCX_EGRESS;
}

/* Returns the number of programs that TCX runs there, or -errno. */
API int count_tcx(int ifindex, uint32_t point)
{
	LIBBPF_OPTS(bpf_prog_query_opts, options);

	if (bpf_prog_query_opts(ifindex, tcx_type(point), &options))
		return -errno;
	return options.count;
}

/*
 * Returns the lowest priority of the filters in an answer, or `priority` if that is lower, or
 * -errno. Sets is_done at the end of the answer.
 */
static int lowest_in(const char *answer, ssize_t size, int priority, int *is_done)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)answer;

	for (; NLMSG_OK(head, size); head = NLMSG_NEXT(head, size)) {
		if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR) {
			const int *error = NLMSG_DATA(head);

			*is_done = 1;
			return head->nlmsg_type == NLMSG_ERROR && *error < 0 ? *error : priority;
		}
		if (head->nlmsg_type == RTM_NEWTFILTER) {
			const struct tcmsg *filter = NLMSG_DATA(head);
			int other = TC_H_MAJ(filter->tcm_info) >> 16;

			if (other && (!priority || other < priority))
				priority = other;
		}
	}
	return priority;
}

/*
 * Returns the priority of the filter that runs first at an interface's ingress or egress, 0 if
 * there is none, or -errno.
 */
static int first_filter(int ifindex, uint32_t point)
{
	uint32_t side = point == BPF_TC_INGRESS ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
	struct {
		struct nlmsghdr head;
		struct tcmsg filter;
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETTFILTER,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.filter = { .tcm_ifindex = ifindex, .tcm_parent = TC_H_MAKE(TC_H_CLSACT, side) },
	};
	_Alignas(struct nlmsghdr) char answer[16384];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int priority = 0, is_done = 0;

	if (fd < 0)
		return -errno;
	if (send(fd, &request, sizeof(request), 0) < 0)
		priority = -errno;
	while (priority >= 0 && !is_done) {
		ssize_t size = recv(fd, answer, sizeof(answer), 0);

		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			priority = size ? -errno : -EPROTO;
		else
			priority = lowest_in(answer, size, priority, &is_done);
	}
	close(fd);
	return priority;
}

/*
 * Attaches a program by a TCX link, after the programs that TCX already runs. point:
 * BPF_TC_INGRESS or BPF_TC_EGRESS. Returns the link's descriptor, whose closing detaches the
 * program, or -errno. -EOPNOTSUPP: the kernel has no TCX, or the program would act differently from
 * a filter with this priority: TCX runs before all filters, and passes consumed packets on.
 */
API int attach_tcx(const struct bpf_program *program, int ifindex, uint32_t point,
		   uint32_t priority)
{
	int first, fd;

	if ((point != BPF_TC_INGRESS && point != BPF_TC_EGRESS) || can_consume_packets(program))
		return -EOPNOTSUPP;
	first = first_filter(ifindex, point);
	if (first < 0 || (first && (!priority || (uint32_t)first < priority)))
		return -EOPNOTSUPP;
	fd = bpf_link_create(bpf_program__fd(program), ifindex, tcx_type(point), NULL);
	if (fd < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	return fd;
}

/* Returns the name of a network interface, or "". The next call overwrites the buffer. */
API const char *interface_name(uint32_t index)
{
	static char name[IF_NAMESIZE];

	return if_indextoname(index, name) ? name : "";
}

/* An attached filter. It is not a link: it stays attached when the process is killed. */
struct tc {
	struct bpf_tc_hook hook;
	struct bpf_tc_opts options;
	int has_created_hook;
};

/* Frees tc, and removes the queueing discipline if attach_tc() created it. */
static void free_tc(struct tc *tc)
{
	tc->hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	if (tc->has_created_hook)
		bpf_tc_hook_destroy(&tc->hook);
	free(tc);
}

/*
 * Attaches a program as a filter. point: BPF_TC_INGRESS or BPF_TC_EGRESS. Returns the argument for
 * detach_tc(), or -errno.
 */
API int64_t attach_tc(const struct bpf_program *program, int ifindex, uint32_t point,
		      uint32_t handle, uint32_t priority)
{
	struct tc *tc = calloc(1, sizeof(*tc));
	int error;

	if (!tc)
		return -ENOMEM;
	tc->hook = (struct bpf_tc_hook){
		.sz = sizeof(tc->hook), .ifindex = ifindex, .attach_point = point,
	};
	tc->options = (struct bpf_tc_opts){
		.sz = sizeof(tc->options), .prog_fd = bpf_program__fd(program),
		.handle = handle, .priority = priority,
	};
	error = bpf_tc_hook_create(&tc->hook);
	tc->has_created_hook = !error;
	if (error == -EEXIST)
		error = 0;
	if (!error)
		error = bpf_tc_attach(&tc->hook, &tc->options);
	if (!error)
		return (intptr_t)tc;
	free_tc(tc);
	return error;
}

/* Removes the filter and frees tc. */
API void detach_tc(struct tc *tc)
{
	/* keeps only the members that identify the filter */
	tc->options.prog_fd = 0;
	tc->options.prog_id = 0;
	tc->options.flags = 0;
	bpf_tc_detach(&tc->hook, &tc->options);
	free_tc(tc);
}
