/**
 * Preloaded by `npm run test:unit`. Imports of embedded files of build/ get this file instead,
 * which is neither a library nor a BPF object: the unit tests run without build/, and a test that
 * calls the native core fails even if build/ exists.
 */
import { plugin } from "bun";

plugin({
  name: "no native core",
  setup(build) {
    build.onResolve({ filter: /\/build\/[^/]+$/ }, () => ({ path: import.meta.path }));
  },
});
