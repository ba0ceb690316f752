/** What an uncaught error, or a runtime that crashed, leaves on stderr. */
export const stackTrace = /\bat .*:\d+|Bun v\d|panic|\.ts\b|undefined is not|\[object|Error:|\$bunfs|Segmentation/;
