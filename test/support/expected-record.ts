/** The output of test/fixtures/expected-record.h: the expected record of one process. */
export interface ExpectedRecord {
  /** The name of the test case. */
  case: string;
  pid: number;
  ppid: number;
  comm: string;
  uid: number;
  /** The wait status. */
  status: number;
  min_duration_ns: number;
  max_duration_ns: number;
  /** Bounds of the time of the exit, ns since 1970. */
  min_time_ns: string;
  max_time_ns: string;
}
