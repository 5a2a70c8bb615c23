// Stand-in; see Shim/Config.h.
#pragma once
#include "Shim/Config.h"
