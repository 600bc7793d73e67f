/* jiaozi.h - the one header that a client of the exchange names. Clean as C and as C++. */
#ifndef JZ_JIAOZI_H
#define JZ_JIAOZI_H

#include "jiaozi/client.h"
#include "jiaozi/command.h"
#include "jiaozi/event.h"
#include "jiaozi/result.h"
#include "jiaozi/status.h"
#include "jiaozi/types.h"
#include "jiaozi/version.h"

#endif /* JZ_JIAOZI_H */
