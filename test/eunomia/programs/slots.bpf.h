/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Counts calls in two histograms of a map. Include it after the header with struct hist. */
#define SLOTS (sizeof(((struct hist *)0)->slots) / sizeof(((struct hist *)0)->slots[0]))

/* The number of the call chooses the key, 0 or 1, and with the mask the slot. */
#define COUNT_CALLS_IN_SLOTS(map, key_type, slot_mask)					\
	ON_CALL(on_call)								\
	{										\
		struct hist none = {}, *hist;						\
		key_type key = number & 1;						\
		unsigned int slot = number & (slot_mask);				\
											\
		bpf_map_update_elem(&map, &key, &none, BPF_NOEXIST);			\
		hist = bpf_map_lookup_elem(&map, &key);					\
		if (!hist || slot >= SLOTS)						\
			return 0;							\
		bpf_get_current_comm(hist->comm, sizeof(hist->comm));			\
		hist->slots[slot] += 1 + slot * slot;					\
		hist->total++;								\
		return 0;								\
	}
