#ifndef SERIN_CZSTD_SHIM_H
#define SERIN_CZSTD_SHIM_H

#include <zstd.h>
#include <zstd_errors.h>

#endif
