/** Returns the sum of the series of a name in Prometheus' text whose labels have a text. */
export function sumOf(metrics: string, name: string, label = ""): number {
  let sum = 0;
  for (const line of metrics.split("\n")) {
    const [, key, labels = "", value] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
    if (key === name && labels.includes(label)) sum += Number(value);
  }
  return sum;
}
