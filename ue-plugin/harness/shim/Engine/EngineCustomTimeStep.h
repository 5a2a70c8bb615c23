// Stand-in; see Shim/Engine.h.
#pragma once
#include "Shim/Engine.h"
