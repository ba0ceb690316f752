/**
 * The outcomes of the attempts of test/sandbox-escape that both sandboxes, the tracer's and the
 * exporter's, have in common: other errors than EPERM, and what is harmless (`done`).
 */
export const sandboxOutcomes: Readonly<Record<string, string>> = {
  openat2: "ENOSYS",
  clone3: "ENOSYS",
  "a call of x32": "ENOSYS",
  "root's file": "EACCES",
  "root's folder": "EACCES",
  "an unassigned system call number": "ENOSYS",
  "reading a file": "done",
  "its own pid": "done",
  "its own capabilities": "done",
  // arm64 has no such system calls
  ...(process.arch === "arm64" ? { "open for writing": "ENOSYS", creat: "ENOSYS", fork: "ENOSYS" } : {}),
};
