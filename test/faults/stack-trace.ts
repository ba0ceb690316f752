/** What an uncaught error, a runtime that crashed or a sanitizer leaves on stderr. */
export const stackTrace =
  /\bat .*:\d+|Bun v\d|panic|\.ts\b|undefined is not|\[object|Error:|\$bunfs|Segmentation|Sanitizer|runtime error:/;
