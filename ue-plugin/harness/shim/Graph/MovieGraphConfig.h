// Stand-in; see Shim/MovieGraph.h.
#pragma once
#include "Shim/MovieGraph.h"
