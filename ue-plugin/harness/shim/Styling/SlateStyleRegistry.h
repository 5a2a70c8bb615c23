// Stand-in; see Shim/Style.h.
#pragma once
#include "Shim/Style.h"
