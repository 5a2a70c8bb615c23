// Stand-in; see Shim/DisplayCluster.h.
#pragma once
#include "Shim/DisplayCluster.h"
