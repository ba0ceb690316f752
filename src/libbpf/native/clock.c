// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <time.h>
#include "native.h"

/*
 * Seconds east of UTC at a moment (seconds since 1970), by TZ or /etc/localtime. The C library knows every form of both, as
 * date(1) does; the JavaScript engine knows names of zones only.
 */
API int utc_offset(int64_t seconds)
{
	time_t moment = seconds;
	struct tm local;

	tzset();
	return localtime_r(&moment, &local) ? local.tm_gmtoff : 0;
}
