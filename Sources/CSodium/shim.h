#ifndef SERIN_CSODIUM_SHIM_H
#define SERIN_CSODIUM_SHIM_H

#include <sodium.h>

#endif
