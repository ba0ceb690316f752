/* SPDX-License-Identifier: MIT */
/*
 * Declares every function that TypeScript calls through bun:ffi, in one place. scripts/build/ffi.ts
 * reads these prototypes and makes src/native/symbols.ts and the linker's version script of them;
 * run it after a change, the build fails if it was forgotten. The build includes this file in each
 * C file, so the compiler compares the prototypes with the definitions and with libbpf's headers.
 *
 * In TypeScript, `const char *` takes a string or bytes with a NUL, other pointers to char, uint8_t
 * or const void take a typed array, and the remaining pointers take an address or a typed array.
 */
#ifndef CORE_H
#define CORE_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "native.h"

struct tc;

/* libbpf */
const char *libbpf_version_string(void);
int bpf_object__prepare(struct bpf_object *object);
int bpf_object__load(struct bpf_object *object);
void bpf_object__close(struct bpf_object *object);
struct btf *bpf_object__btf(const struct bpf_object *object);
struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *object, const char *name);
struct bpf_program *bpf_object__find_program_by_name(const struct bpf_object *object,
						     const char *name);
struct bpf_map *bpf_object__next_map(const struct bpf_object *object, const struct bpf_map *map);
struct bpf_program *bpf_object__next_program(const struct bpf_object *object,
					     struct bpf_program *program);
uint32_t bpf_map__btf_key_type_id(const struct bpf_map *map);
uint32_t bpf_map__btf_value_type_id(const struct bpf_map *map);
uint32_t bpf_map__key_size(const struct bpf_map *map);
uint32_t bpf_map__max_entries(const struct bpf_map *map);
const char *bpf_map__name(const struct bpf_map *map);
__u64 bpf_map__map_extra(const struct bpf_map *map);
const char *bpf_map__pin_path(const struct bpf_map *map);
enum bpf_map_type bpf_map__type(const struct bpf_map *map);
uint32_t bpf_map__value_size(const struct bpf_map *map);
int bpf_map__fd(const struct bpf_map *map);
int bpf_map__set_max_entries(struct bpf_map *map, uint32_t entries);
void *bpf_map__initial_value(const struct bpf_map *map, size_t *size);
int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags);
int bpf_map_delete_elem(int fd, const void *key);
int bpf_program__set_autoload(struct bpf_program *program, bool autoload);
const char *bpf_program__name(const struct bpf_program *program);
const char *bpf_program__section_name(const struct bpf_program *program);
enum bpf_prog_type bpf_program__type(const struct bpf_program *program);
int bpf_program__fd(const struct bpf_program *program);
int bpf_link__destroy(struct bpf_link *link);
void btf__free(struct btf *btf);
int btf__find_by_name_kind(const struct btf *btf, const char *name, uint32_t kind);
const struct btf_type *btf__type_by_id(const struct btf *btf, uint32_t id);
const char *btf__name_by_offset(const struct btf *btf, uint32_t offset);

/* attaching */
int64_t attach(const struct bpf_program *program);
int64_t attach_perf_event(const struct bpf_program *program, int cpu);
int attach_xdp(const struct bpf_program *program, int ifindex, uint32_t flags);
int ensure_tracefs(void);
int64_t attach_tc(const struct bpf_program *program, int ifindex, uint32_t point, uint32_t handle,
		  uint32_t priority);
void detach_tc(struct tc *tc);
int attach_tcx(const struct bpf_program *program, int ifindex, uint32_t point, uint32_t priority);
int count_tcx(int ifindex, uint32_t point);
const char *interface_name(uint32_t index);

/* objects, maps, types and what the kernel supports */
int64_t object_open(const void *bytes, uint64_t size, const char *name, const char *btf_path);
int64_t btf_open(const char *path);
void preload_kernel_types(void);
int create_btf_memfd(void);
int64_t write_btf_subset(const struct bpf_object *object, const char *path, int fd,
			 const char *name);
const char *helper_name(uint32_t number);
const char *map_type_name(uint32_t type);
const char *program_type_name(uint32_t type);
int64_t map_read(int fd, uint8_t *key, uint32_t key_size, uint32_t value_size, int is_first,
		 void *to, uint32_t capacity);
void map_clear(int fd, uint32_t key_size, uint32_t max_entries);
int probe(int what);
int64_t spawn_and_reap(int code, int signal);
int supports_syscall_programs(void);
int run_syscall_program(const struct bpf_program *program);
int64_t object_load_recorder(struct bpf_object *object, const struct bpf_program *first,
			     const struct bpf_program *context);
int object_exclude_data_from_fork(const struct bpf_object *object);
int object_freeze_data(const struct bpf_object *object);
void log_open(int is_verbose);
const char *log_warnings(void);

/* reading ring buffers and perf buffers */
int64_t reader_open(int drops_fd, int program_fd, int fallback_fd, void *batch,
		    uint32_t capacity, uint32_t max_record_bytes);
int reader_add_output(struct reader *r, int fd);
int reader_add_ring(struct reader *r, int fd);
int reader_add_perf(struct reader *r, int fd, uint32_t pages);
int reader_gather(struct reader *r, int ms, int is_first_at_once);
void reader_watch(struct reader *r, int fd);
void reader_rehearse(struct reader *r, int is_on);
int reader_wait(struct reader *r, int timeout_ms);
void reader_drain(struct reader *r);
void reader_close(struct reader *r);

/* the child command, signals, privileges, users, threads */
int64_t child_prepare(const char *words, uint32_t count, const char *user);
int child_can_start(void);
int64_t child_start(void);
int child_exit_fd(void);
int child_wait_status(void);
const void *child_start_failure(void);
void child_close(void);
int stop_after(uint64_t ms);
int stop_on_signals(int children, int reopens_files);
int stop_writes_on_signals(void);
int drop_privileges(int reads_processes, int unhooks_network);
int drop_exporter_privileges(const char *user, int serves, int port, int directory);
int lock_exclusively(int fd);
void enlarge_pipe(int fd, uint32_t bytes);
int start_journal_writer(const char *path);
int64_t send_to_journal(const uint8_t *records, uint64_t from, uint64_t to);
void read_journal_counts(uint8_t *to);
void close_journal(void);
void forbid_inspection(void);
int start_broker(int uses_nss, int names_containers, int opens_elf);
int reopen_output(int fd, int is_new);
int64_t open_segments(const char *path, const char *suffix, uint64_t max_bytes,
		      uint32_t max_age, uint32_t segment_bytes, uint32_t also_uid, char *refused);
int next_segment(int begins);
int can_name_containers(void);
const char *container_name(const char *text);
int users_changed(void);
const char *user_name(uint32_t uid);
int can_read_users(void);
void hook_pthread_create(void);
void reserve_threads(void);
void exit_now(int status);

/* the processes of exitsnoop agent, and the service manager */
int64_t create_pipe(uint32_t capacity, int nonblocking);
int64_t start_supervised(const char *words, uint32_t count, const int *files, int death_signal);
int supervised_status(int pid);
int reap_adopted(const int *pids, uint32_t count);
int poll_files(int *entries, uint32_t count, int timeout_ms);
void clear_stop_signal(void);
int64_t read_some(int fd, uint8_t *to, uint64_t capacity);
int64_t write_some(int fd, const uint8_t *data, uint64_t length);
int pipe_bytes(int fd);
int notify_manager(const char *address, const char *state, uint32_t wait_ms);

/* crash sites */
int unwind_crash(const uint8_t *records, uint32_t record_bytes, const uint8_t *paths,
		 uint32_t path_bytes, const void *mounts, uint32_t mount_count, void *result,
		 uint32_t capacity);

/* clocks, the system, output */
int64_t boottime_offset(void);
int64_t boottime_now(void);
int utc_offset(int64_t seconds);
int is_terminal(int fd);
int terminal_width(int fd);
int is_terminal_canonical(int fd);
int terminal_height(int fd);
int screen_open(int keys, int screen);
void screen_close(void);
int online_cpus(void);
int64_t page_size(void);
int process_state(int pid);
int64_t raise_fd_limit(uint32_t count);
int64_t user_id(const char *name);
void release_startup_pages(void);
int64_t output_open(const char *path, int how, uint32_t also_uid, char *refused);
int64_t write_all(int fd, const uint8_t *data, uint64_t length);

#endif
