/** Files that `bun build --compile` embeds in the binary; the import gives their path inside it. */
declare module "*.o" {
  const path: string;
  export default path;
}
declare module "*.so" {
  const path: string;
  export default path;
}
/** The text of a package.json that scripts/build/package.ts made. */
declare module "*.package" {
  const path: string;
  export default path;
}
/** The text of a script or style of the page that `-f html` writes. */
declare module "*.browser.js" {
  const text: string;
  export default text;
}
declare module "*.css" {
  const text: string;
  export default text;
}
/** Defined by scripts/build/compile.ts; undeclared if the sources run uncompiled. */
declare const BUILD_COMMIT: string;
declare const BUILD_DAY: string;
declare const BUILD_TARGET: string;
