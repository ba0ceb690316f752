/** What test/fixtures/truth.h prints. */
export interface Truth {
  how: string;
  pid: number;
  ppid: number;
  comm: string;
  uid: number;
  status: number;
  least_ns: number;
  most_ns: number;
  born_ns: string;
  dead_ns: string;
}
