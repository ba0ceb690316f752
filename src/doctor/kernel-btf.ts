/** The kernel's description of its own types. */
export const KERNEL_BTF = "/sys/kernel/btf/vmlinux";
