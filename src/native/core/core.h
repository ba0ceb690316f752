/* SPDX-License-Identifier: MIT */
/* What src/native/symbols.ts calls, for programs in C: the sanitizers' driver, the benchmark's flood. */
#ifndef CORE_H
#define CORE_H

#include <bpf/libbpf.h>
#include "native.h"

int64_t attach(const struct bpf_program *program);
int attach_xdp(const struct bpf_program *program, int ifindex, uint32_t flags);
int64_t attach_perf_event(const struct bpf_program *program, int cpu);
struct tc;
int64_t attach_tc(const struct bpf_program *program, int ifindex, uint32_t point, uint32_t handle, uint32_t priority);
void detach_tc(struct tc *tc);
int attach_tcx(const struct bpf_program *program, int ifindex, uint32_t point, uint32_t priority);
int count_tcx(int ifindex, uint32_t point);
const char *interface_name(uint32_t index);
int supports_syscall_programs(void);
int64_t reader_open(int lost_fd, int prog_fd, int stood_in_fd, int out_fd, void *batch, uint32_t capacity,
		       uint32_t longest);
int reader_add_ring(struct reader *c, int fd);
int reader_add_perf(struct reader *c, int fd, uint32_t pages);
void reader_watch(struct reader *c, int fd);
int reader_wait(struct reader *c, int longest_ms);
void reader_drain(struct reader *c);
void reader_close(struct reader *c);
void child_close(void);
int child_exit_fd(void);
const void *child_start_failure(void);
int64_t child_start(void);
int64_t child_prepare(const char *words, uint32_t count, const char *user);
int child_wait_status(void);
const char *helper_name(uint32_t number);
void release_startup_pages(void);
void log_open(int loud);
const char *log_warnings(void);
void map_clear(int fd, uint32_t key_size, uint32_t at_most);
int64_t map_read(int fd, void *key, uint32_t key_size, uint32_t value_size, int is_first, uint8_t *to, uint32_t capacity);
const char *map_type_name(uint32_t type);
int ensure_tracefs(void);
int object_exclude_data_from_fork(const struct bpf_object *object);
int64_t object_open(const void *bytes, uint64_t size, const char *name, const char *types);
int64_t output_open(const char *path, int is_exclusive, uint32_t also_uid, char *where);
int object_freeze_data(const struct bpf_object *object);
int64_t page_size(void);
const char *program_type_name(uint32_t type);
int run_syscall_program(const struct bpf_program *program);
int stop_after(uint64_t ms);
int stop_on_signals(int has_command);
int terminal_width(int fd);
int64_t user_id(const char *name);
const char *user_name(uint32_t uid);
int users_changed(void);
int utc_offset(int64_t seconds);
int64_t write_all(int fd, const uint8_t *data, uint64_t length);

#endif
