/** Makes the attempts without a tracer, to show which the machine itself refuses. */
import { tryAll } from "./attempts.ts";

console.log(JSON.stringify(tryAll(process.argv[2]!, false)));
