/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* For programs at network interfaces, which record UDP packets to the marked port. */
#include <bpf/bpf_endian.h>

#define ETHERNET_HEADER_BYTES 14
#define UDP 17

/* Returns the number in a packet to the marked port, or -1 for other packets. */
static __always_inline int number_in_packet(void *data, void *data_end)
{
	struct iphdr *ip = data + ETHERNET_HEADER_BYTES;
	struct udphdr *udp = (void *)(ip + 1);
	int *number = (void *)(udp + 1);

	if ((void *)(number + 1) > data_end || ip->protocol != UDP || udp->dest != bpf_htons(PORT))
		return -1;
	return *number;
}
