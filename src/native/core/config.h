/* Defines what elfutils' configure script would find, as far as libelf uses it. */
#define PACKAGE_NAME "elfutils"
#define PACKAGE_VERSION "0.191"
#define HAVE_ERR_H 1
/* musl has none */
#if __has_include(<error.h>)
#define HAVE_ERROR_H 1
#endif
#define HAVE_DECL_RAWMEMCHR 1
#define HAVE_DECL_POWEROF2 1
#define HAVE_DECL_MEMPCPY 1
#define HAVE_DECL_REALLOCARRAY 1
#define HAVE_VISIBILITY 1
#include <eu-config.h>
