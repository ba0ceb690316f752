/** Matches the output of an uncaught error, a crash of the runtime, or a sanitizer. */
export const stackTrace =
  /\bat .*:\d+|Bun v\d|panic|\.ts\b|undefined is not|\[object|Error:|\$bunfs|Segmentation|Sanitizer|runtime error:/;
