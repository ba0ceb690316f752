/** The number of running processes and the use of CPUs at any time, from sums over all of them. */

/** Returns sums over the times up to each of `times`, which are sorted. */
function sumsOf(times, rates) {
  const order = Int32Array.from(times.keys()).sort((a, b) => times[a] - times[b]);
  const sorted = Float64Array.from(order, (i) => times[i]);
  const rate = new Float64Array(order.length + 1);
  const moment = new Float64Array(order.length + 1);
  for (const [n, i] of order.entries()) {
    rate[n + 1] = rate[n] + rates[i];
    moment[n + 1] = moment[n] + rates[i] * times[i];
  }
  /** Returns the number of times up to `time`. */
  const countTo = (time) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const integral = (time) => {
    const n = countTo(time);
    return rate[n] * time - moment[n];
  };
  return { countTo, integral };
}

/**
 * Returns functions of time. The CPU time of a process is known only as a whole, so it counts as
 * spread evenly over its life.
 */
function buildLanes({ start, end, cpuOf }) {
  const rates = Float64Array.from(start, (from, i) => (end[i] > from ? cpuOf(i) / (end[i] - from) : 0));
  const starts = sumsOf(start, rates);
  const ends = sumsOf(end, rates);
  const cpuTime = (time) => starts.integral(time) - ends.integral(time);
  return {
    /** The processes that run at a time. */
    runningAt: (time) => starts.countTo(time) - ends.countTo(time),
    /** The CPUs that are used between two times, on average. */
    cpusBetween: (from, to) => (to > from ? Math.max(0, (cpuTime(to) - cpuTime(from)) / (to - from)) : 0),
  };
}
