// Stand-in; see Shim/Config.h and Shim/Core.h.
#pragma once
#include "Shim/Config.h"
#include "Shim/Core.h"
