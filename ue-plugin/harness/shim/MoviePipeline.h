// Stand-in; see Shim/MovieRender.h.
#pragma once
#include "Shim/MovieRender.h"
