/** The same attempts without a tracer: what is refused here is not the tracer's merit. */
import { tryAll } from "./attempts.ts";

console.log(JSON.stringify(tryAll(process.argv[2]!, false)));
