/** Returns a number with its noun: `1 exit`, `2 exits`. @param plural if it is not `noun` + `s` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Returns a number with commas between its thousands: `4,213`. */
export function grouped(count: unknown): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
